/* What the programs about pages of tile registers share: the command, the mapping, and loads and stores of a size. */
#ifndef AIMC_CONFORMANCE_REGISTERS_H
#define AIMC_CONFORMANCE_REGISTERS_H

#include "check.h"

#define ONES_4 UINT32_MAX
#define ONES_8 UINT64_MAX

/* TILE_REGISTERS for the context's tile: 0 or minus the error. */
HELPER int try_registers(struct context context, uint32_t flags, uint64_t *offset)
{
    struct aimc_tile_registers arguments = {.ctx = context.ctx, .tile = context.tile, .flags = flags};
    int result = call(context.fd, AIMC_IOCTL_TILE_REGISTERS, &arguments);
    *offset = arguments.offset;
    return result;
}

HELPER int end_registers(struct context context)
{
    uint64_t offset;
    return try_registers(context, AIMC_BIND_OFF, &offset);
}

/* The page at an offset that TILE_REGISTERS gave. */
HELPER char *map_page(int fd, uint64_t offset)
{
    char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
    CHECK(page != MAP_FAILED);
    return page;
}

/* Use the context's tile through its registers. */
HELPER char *map_registers(struct context context)
{
    uint64_t offset;
    CHECK_EQUAL(try_registers(context, 0, &offset), 0);
    return map_page(context.fd, offset);
}

HELPER uint32_t load_4(const char *page, size_t offset)
{
    return *(const volatile uint32_t *)(page + offset);
}

HELPER uint64_t load_8(const char *page, size_t offset)
{
    return *(const volatile uint64_t *)(page + offset);
}

HELPER void store_4(char *page, size_t offset, uint32_t value)
{
    *(volatile uint32_t *)(page + offset) = value;
}

HELPER void store_8(char *page, size_t offset, uint64_t value)
{
    *(volatile uint64_t *)(page + offset) = value;
}

/* How inputs and outputs are moved: an access of this many bytes, which is one of the processor's. */
enum access { WORD = 4, DOUBLE_WORD = 8, PAIR = 16, VECTOR = 17 };

HELPER size_t bytes_of(enum access access)
{
    return access == VECTOR ? 16 : (size_t)access;
}

HELPER void queue_by(enum access access, char *page, const int8_t *bytes)
{
    char *window = page + AIMC_REG_INPUT;
    uint64_t low, high;
    if (access == WORD) {
        uint32_t word;
        memcpy(&word, bytes, 4);
        store_4(page, AIMC_REG_INPUT, word);
    } else if (access == DOUBLE_WORD) {
        memcpy(&low, bytes, 8);
        store_8(page, AIMC_REG_INPUT, low);
    } else if (access == PAIR) {
        memcpy(&low, bytes, 8);
        memcpy(&high, bytes + 8, 8);
        __asm__ volatile("stp %1, %2, [%0]" : : "r"(window), "r"(low), "r"(high) : "memory");
    } else {
        __asm__ volatile("ldr q0, [%1]\n\tstr q0, [%0]" : : "r"(window), "r"(bytes) : "v0", "memory");
    }
}

HELPER void dequeue_by(enum access access, const char *page, int8_t *bytes)
{
    const char *window = page + AIMC_REG_OUTPUT;
    uint64_t low, high;
    if (access == WORD) {
        uint32_t word = load_4(page, AIMC_REG_OUTPUT);
        memcpy(bytes, &word, 4);
    } else if (access == DOUBLE_WORD) {
        low = load_8(page, AIMC_REG_OUTPUT);
        memcpy(bytes, &low, 8);
    } else if (access == PAIR) {
        __asm__ volatile("ldp %0, %1, [%2]" : "=&r"(low), "=&r"(high) : "r"(window) : "memory");
        memcpy(bytes, &low, 8);
        memcpy(bytes + 8, &high, 8);
    } else {
        __asm__ volatile("ldr q0, [%0]\n\tstr q0, [%1]" : : "r"(window), "r"(bytes) : "v0", "memory");
    }
}

/* A multiplication through the registers; `rows` and `columns` are multiples of the access's size. */
HELPER void multiply_by_registers(char *page, enum access access, size_t rows, size_t columns, const int8_t *input,
                                  int8_t *output)
{
    for (size_t i = 0; i < rows; i += bytes_of(access))
        queue_by(access, page, input + i);
    store_4(page, AIMC_REG_PROCESS, 0);
    for (size_t j = 0; j < columns; j += bytes_of(access))
        dequeue_by(access, page, output + j);
}

/* Whether a page shows the registers of a tile of which all weights of the first 4 rows and columns are `weight`. */
HELPER int registers_work(char *page, int weight)
{
    int8_t ones[4] = {1, 1, 1, 1}, output[4] = {0};
    if (load_4(page, AIMC_REG_ID) != AIMC_REG_IDENTITY)
        return 0;
    multiply_by_registers(page, WORD, 4, 4, ones, output);
    return output[0] == 4 * weight && output[3] == 4 * weight;
}

/* Loads from a page that reaches no tile any more give all ones; stores to it, also of inputs, are made. */
HELPER void check_revoked(char *page)
{
    CHECK_EQUAL(load_4(page, AIMC_REG_ID), ONES_4);
    CHECK_EQUAL(load_4(page, AIMC_REG_BUSY), ONES_4);
    CHECK_EQUAL(load_8(page, AIMC_REG_STATUS + 8 * AIMC_STATUS_ROWS), (int64_t)ONES_8);
    CHECK_EQUAL(load_4(page, AIMC_REG_OUTPUT), ONES_4);
    store_4(page, AIMC_REG_INPUT, 0x7F7F7F7F);
    store_4(page, AIMC_REG_PROCESS, 0);
    store_8(page, PAGE - 8, 1);
    CHECK_EQUAL(load_8(page, PAGE - 8), (int64_t)ONES_8);
}

#endif
