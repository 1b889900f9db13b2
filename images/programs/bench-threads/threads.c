// Threads that compute and share nothing: threads KIND THREADS ROUNDS. The rounds are divided among the threads.
#include "checksum.h"
#include "random.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_THREADS = 64, STEPS = 1000, WORDS = 1024, BYTES = 4096 };

typedef uint64_t work_t(random_t *random, long rounds);

static __attribute__((noinline)) uint64_t step(uint64_t x, uint64_t y) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x + y;
}

// Integer operations and calls.
static uint64_t calls(random_t *random, long rounds) {
    uint64_t x = random_next(random);
    for (long i = 0; i < rounds * STEPS; i++) {
        x = x & 3 ? step(x, (uint64_t)i) : step((uint64_t)i, x);
    }
    return x;
}

// Loads that the first-level cache answers.
static uint64_t loads(random_t *random, long rounds) {
    uint64_t table[WORDS], x = 0;
    for (int i = 0; i < WORDS; i++) {
        table[i] = random_next(random);
    }
    for (long round = 0; round < rounds; round++) {
        for (int i = 0; i < WORDS; i++) {
            x += table[i] ^ table[(i + round) % WORDS];
            x = x << 1 | x >> 63;
        }
    }
    return x;
}

// Dot products of int8 (NEON).
static uint64_t dots(random_t *random, long rounds) {
    int8_t a[BYTES], b[BYTES];
    uint64_t x = 0;
    for (int i = 0; i < BYTES; i++) {
        uint64_t bits = random_next(random);
        a[i] = (int8_t)bits;
        b[i] = (int8_t)(bits >> 8);
    }
    for (long round = 0; round < rounds; round++) {
        int32_t sum = 0;
        for (int i = 0; i < BYTES; i++) {
            sum += a[i] * b[i];
        }
        a[round % BYTES] ^= (int8_t)sum;
        x = 31 * x + (uint32_t)sum;
    }
    return x;
}

static work_t *work;
static long rounds;
static uint64_t results[MOST_THREADS];

static void *run(void *argument) {
    uint64_t number = (uint64_t)(uintptr_t)argument;
    random_t random = {number};
    results[number] = work(&random, rounds);
    return NULL;
}

static work_t *work_named(const char *name) {
    static const struct {
        const char *name;
        work_t *work;
    } kinds[] = {{"calls", calls}, {"loads", loads}, {"dots", dots}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!strcmp(name, kinds[i].name)) {
            return kinds[i].work;
        }
    }
    return NULL;
}

int main(int argc, char **argv) {
    work = argc == 4 ? work_named(argv[1]) : NULL;
    long threads = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
    if (!work || threads < 1 || threads > MOST_THREADS) {
        fprintf(stderr, "usage: threads calls|loads|dots THREADS ROUNDS\n");
        return 2;
    }
    rounds = strtol(argv[3], NULL, 10) / threads;
    pthread_t others[MOST_THREADS];
    for (long number = 1; number < threads; number++) {
        if (pthread_create(&others[number], NULL, run, (void *)(uintptr_t)number)) {
            fprintf(stderr, "there is no room for %ld threads\n", threads);
            return 1;
        }
    }
    run((void *)0);
    for (long number = 1; number < threads; number++) {
        pthread_join(others[number], NULL);
    }
    printf("%08x\n", checksum_bytes(0, results, (size_t)threads * sizeof *results));
    return 0;
}
