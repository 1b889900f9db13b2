/*
 * What the test programs share: each prints what it saw, says which checks failed, and exits 0 or 1.
 *
 * The printed lines must not depend on where the program runs: the tests compare the host's with the machine's.
 */
#ifndef AIMC_TESTS_CHECK_H
#define AIMC_TESTS_CHECK_H

#include <stdint.h>
#include <stdio.h>

static int failed_checks;

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            failed_checks++;                                                                                           \
            printf("line %d: failed: %s\n", __LINE__, #condition);                                                     \
        }                                                                                                              \
    } while (0)

static inline int check_result(void)
{
    printf(failed_checks ? "%d checks failed\n" : "passed\n", failed_checks);
    return failed_checks != 0;
}

/* Numbers that are the same with every C library: Knuth's MMIX generator, its high bits. */
static inline int8_t random_int8(void)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (int8_t)(uint8_t)(state >> 56);
}

static inline void random_bytes(int8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = random_int8();
}

/* h = 31 * h + byte, to print a vector as one number. */
static inline uint32_t fold(const int8_t *bytes, size_t count)
{
    uint32_t h = 0;
    for (size_t i = 0; i < count; i++)
        h = 31 * h + (uint8_t)bytes[i];
    return h;
}

#endif
