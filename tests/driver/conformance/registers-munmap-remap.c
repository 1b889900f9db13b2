/* A page that was unmapped is gone and can be mapped again or moved; other memory at its address is memory. */
#include "registers.h"

static char *page;

static void load_id(void *unused)
{
    (void)unused;
    load_4(page, AIMC_REG_ID);
}

int main(void)
{
    int8_t weights[16];
    uint64_t offset;
    struct context context = new_context(open_device(), 0);
    memset(weights, 2, sizeof weights);
    program_matrix(context, 4, 4, weights);
    CHECK_EQUAL(try_registers(context, 0, &offset), 0);
    for (int round = 0; round < 20; round++) {
        page = map_page(context.fd, offset);
        CHECK(registers_work(page, 2));
        CHECK_EQUAL(munmap(page, PAGE), 0);
        if (round == 0) {
            int status = in_child(load_id, NULL);
            CHECK(WIFSIGNALED(status));
            CHECK_EQUAL(WTERMSIG(status), SIGSEGV);
        }
        char *memory = mmap(page, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        CHECK(memory == page);
        CHECK_EQUAL(load_8(memory, AIMC_REG_OUTPUT), 0);
        store_8(memory, AIMC_REG_OUTPUT, 42);
        store_8(memory, AIMC_REG_INPUT, 43);
        CHECK_EQUAL(load_8(memory, AIMC_REG_OUTPUT), 42);
        CHECK_EQUAL(load_8(memory, AIMC_REG_INPUT), 43);
        char *over = mmap(memory, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, context.fd, (off_t)offset);
        CHECK(over == memory);
        CHECK(registers_work(over, 2));
        CHECK_EQUAL(munmap(over, PAGE), 0);
    }
    char *room = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    page = map_page(context.fd, offset);
    CHECK(mremap(page, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, room) == room);
    CHECK(registers_work(room, 2));
    int status = in_child(load_id, NULL);
    CHECK(WIFSIGNALED(status));
    CHECK_EQUAL(WTERMSIG(status), SIGSEGV);

    /* When the tile has other registers or none, nothing that was mapped comes to life again. */
    CHECK_EQUAL(end_registers(context), 0);
    check_revoked(room);
    CHECK_EQUAL(munmap(room, PAGE), 0);
    for (int round = 0; round < 20; round++) {
        CHECK_EQUAL(try_registers(context, 0, &offset), 0);
        page = map_page(context.fd, offset);
        CHECK(registers_work(page, 2));
        CHECK_EQUAL(end_registers(context), 0);
        check_revoked(page);
        CHECK_EQUAL(munmap(page, PAGE), 0);
    }
    return ok();
}
