/*
 * The six AIMC instructions as C functions.
 *
 * On AArch64 each function is exactly one instruction on registers that the compiler chooses. Elsewhere, or with
 * -DAIMC_SOFTWARE_TILE, the same functions act on the calling thread's software tile (software_tile.h) and the program
 * must link the library's sources. All parts of one program must be compiled with the same choice.
 *
 * Word layout: opcode 31-21, rm 20-16, direction 15, ra 14-10, rn 9-5, rd 4-0; register 31 is XZR.
 *
 *     CM_PROCESS      0x01000000                            multiply, saturate, clear the input and both positions
 *     CM_QUEUE        0x21008000 | rn<<5                    append 4 bytes to the input memory, low byte first
 *     CM_DEQUEUE      0x21000000 | rd                       take the next 4 bytes of the output memory
 *     CM_PARAM_READ   0x41008000 | ra<<10 | rn<<5 | rd      rd = crossbar[y = ra][x = rn]
 *     CM_PARAM_WRITE  0x41000000 | rm<<16 | ra<<10 | rn<<5 | rd   crossbar[y = ra][x = rn] = rm, rd = status
 *     CM_STATUS       0x61000000 | rn<<5 | rd               rd = the value that rn selects
 *
 * A core without a tile raises SIGILL, and so does one whose tile was not asked for where there is a driver to ask:
 * aimc_open (aimc.h) or aimc_driver_attach (driver.h) does. Each core has its own tile, so a thread must stay on one
 * core between programming weights and its last MVM on them.
 */
#ifndef AIMC_ISA_H
#define AIMC_ISA_H

#include <stdint.h>

#if defined(__aarch64__) && !defined(AIMC_SOFTWARE_TILE)
#define AIMC_HAS_INSTRUCTIONS 1
#else
#define AIMC_HAS_INSTRUCTIONS 0
#include "software_tile.h"
#endif

/* What this header was written for; CM_STATUS reports what the tile implements. */
#define AIMC_INTERFACE_VERSION 1

/* Selectors of CM_STATUS. Any other selector reads as 0. */
enum {
    AIMC_STATUS_INTERFACE_VERSION = 0,
    AIMC_STATUS_ROWS = 1,
    AIMC_STATUS_COLUMNS = 2,
    AIMC_STATUS_MISUSE = 3,   /* words that did not fit, reads past the end, weights out of range; never reset */
    AIMC_STATUS_SATURATED = 4 /* outputs that an MVM clipped to int8, over all columns of the tile; never reset */
};

#if AIMC_HAS_INSTRUCTIONS

/*
 * The assembler does not know these instructions, and `.inst` takes numbers, not register names. So give each register
 * name a symbol that holds its number, and let the compiler's choice pick the symbol. The symbols are set in every
 * statement because nothing orders a file-level asm before the functions (it may be in another LTO partition);
 * setting them again to the same value is allowed.
 */
#define AIMC_ASM_REGISTER_NUMBERS                                                                                      \
    ".irp number,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30\n\t"               \
    ".equ .Laimc_x\\number, \\number\n\t"                                                                              \
    ".endr\n\t"                                                                                                        \
    ".equ .Laimc_xzr, 31\n\t"

/*
 * Volatile keeps the instructions in program order among themselves; that order is all their state depends on. GCC
 * guesses an asm's size from its lines: `inline` tells it that this one is small, so that callers are still inlined.
 */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 9
#define AIMC_ASM __asm__ __volatile__ __inline__
#else
#define AIMC_ASM __asm__ __volatile__
#endif

/* CM_PROCESS: one matrix-vector multiplication. Clears the input memory and both counters. */
static inline void aimc_cm_process(void)
{
    /* The barrier keeps ordinary memory accesses on their side of the MVM, for code that times it or watches it. */
    AIMC_ASM(".inst 0x01000000" : : : "memory");
}

/* CM_QUEUE: append 4 int8 values, packed low byte first, to the input memory. */
static inline void aimc_cm_queue(uint32_t word)
{
    /* No memory clobber: the compiler should go on combining and scheduling the loads that make the words. */
    AIMC_ASM(AIMC_ASM_REGISTER_NUMBERS ".inst (0x21008000 | (.Laimc_%x[word] << 5))" : : [word] "rZ"(word));
}

/* CM_DEQUEUE: the next 4 int8 values of the output memory, low byte first; bytes past its end are 0. */
static inline uint32_t aimc_cm_dequeue(void)
{
    uint64_t word;
    AIMC_ASM(AIMC_ASM_REGISTER_NUMBERS ".inst (0x21000000 | .Laimc_%x[word])" : [word] "=r"(word));
    return (uint32_t)word;
}

/* CM_PARAM_READ: the weight of column x, row y; 0 (and a misuse) out of range. */
static inline int8_t aimc_cm_param_read(uint64_t x, uint64_t y)
{
    uint64_t value;
    AIMC_ASM(AIMC_ASM_REGISTER_NUMBERS
             ".inst (0x41008000 | (.Laimc_%x[y] << 10) | (.Laimc_%x[x] << 5) | .Laimc_%x[value])"
             : [value] "=r"(value)
             : [x] "rZ"(x), [y] "rZ"(y));
    return (int8_t)value;
}

/* CM_PARAM_WRITE: program the weight of column x, row y. Returns 0, or 1 (and a misuse) out of range. */
static inline uint64_t aimc_cm_param_write(uint64_t x, uint64_t y, int8_t value)
{
    uint64_t status;
    AIMC_ASM(AIMC_ASM_REGISTER_NUMBERS
             ".inst (0x41000000 | (.Laimc_%x[value] << 16) | (.Laimc_%x[y] << 10) | (.Laimc_%x[x] << 5)"
             " | .Laimc_%x[status])"
             : [status] "=r"(status)
             : [x] "rZ"(x), [y] "rZ"(y), [value] "rZ"((int64_t)value));
    return status;
}

/* CM_STATUS: the value named by one of the AIMC_STATUS selectors. */
static inline uint64_t aimc_cm_status(uint64_t selector)
{
    uint64_t value;
    AIMC_ASM(AIMC_ASM_REGISTER_NUMBERS ".inst (0x61000000 | (.Laimc_%x[selector] << 5) | .Laimc_%x[value])"
             : [value] "=r"(value)
             : [selector] "rZ"(selector));
    return value;
}

#else /* the software tile */

static inline void aimc_cm_process(void)
{
    aimc_software_tile_process(aimc_software_tile_current());
}

static inline void aimc_cm_queue(uint32_t word)
{
    aimc_software_tile_queue(aimc_software_tile_current(), word);
}

static inline uint32_t aimc_cm_dequeue(void)
{
    return aimc_software_tile_dequeue(aimc_software_tile_current());
}

static inline int8_t aimc_cm_param_read(uint64_t x, uint64_t y)
{
    return aimc_software_tile_param_read(aimc_software_tile_current(), x, y);
}

static inline uint64_t aimc_cm_param_write(uint64_t x, uint64_t y, int8_t value)
{
    return aimc_software_tile_param_write(aimc_software_tile_current(), x, y, value);
}

static inline uint64_t aimc_cm_status(uint64_t selector)
{
    return aimc_software_tile_status(aimc_software_tile_current(), selector);
}

#endif

#endif
