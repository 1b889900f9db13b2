// The cost of a queue or dequeue instruction, at SITES distinct places in the program.
//
// bench-aimc-sites-N queue|dequeue|queue-none|dequeue-none ITERATIONS
//
// An iteration executes each site once. A site is one AIMC instruction and one ADD; in the `none` forms the AIMC
// instruction is left out, and all else is the same. So (time of `queue` − time of `queue-none`) / operations is the
// cost of an operation. Sites come in blocks of at most 50 words; before a block that would pass the end of the
// tile's memory, CM_PROCESS empties it, in the `none` forms too. All words queued are 0.
#include <aimc/driver.h>
#include <aimc/isa.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMES_2(x) x x
#define TIMES_4(x) TIMES_2(TIMES_2(x))
#define TIMES_5(x) TIMES_4(x) x
#define TIMES_10(x) TIMES_2(TIMES_5(x))

#if SITES == 1
enum { BLOCK_SITES = 1 };
#define BLOCK(x) x
#define BLOCKS(x) x
#elif SITES == 32
enum { BLOCK_SITES = 32 };
#define BLOCK(x) TIMES_4(TIMES_4(TIMES_2(x)))
#define BLOCKS(x) x
#elif SITES == 1000
enum { BLOCK_SITES = 50 };
#define BLOCK(x) TIMES_5(TIMES_10(x))
#define BLOCKS(x) TIMES_2(TIMES_10(x))
#else
#error "SITES must be 1, 32 or 1000"
#endif

// One ADD at each site: the empty assembly keeps the compiler from adding them up.
#define COUNT                                \
    count++;                                 \
    __asm__ volatile("" : "+r"(count));

// Unrolling would multiply the sites.
#define MAKE_ROOM(capacity)      \
    if (left < BLOCK_SITES) {    \
        aimc_cm_process();       \
        left = (capacity);       \
    }                            \
    left -= BLOCK_SITES;

#define LOOP(instruction, capacity)                            \
    _Pragma("clang loop unroll(disable)")                      \
    for (uint64_t i = 0; i < iterations; i++) {                \
        BLOCKS(MAKE_ROOM(capacity) BLOCK(instruction COUNT))   \
    }

__attribute__((noinline)) static uint64_t queue(uint64_t iterations, uint64_t words) {
    uint64_t left = 0, count = 0;
    uint32_t word = 0;
    __asm__ volatile("" : "+r"(word));  // in a register, not the zero register
    LOOP(aimc_cm_queue(word);, words)
    return count;
}

__attribute__((noinline)) static uint64_t dequeue(uint64_t iterations, uint64_t words) {
    uint64_t left = 0, count = 0;
    LOOP((void)aimc_cm_dequeue();, words)
    return count;
}

__attribute__((noinline)) static uint64_t none(uint64_t iterations, uint64_t words) {
    uint64_t left = 0, count = 0;
    LOOP(, words)
    return count;
}

int main(int argc, char **argv) {
    char *end = NULL;
    uint64_t iterations = argc == 3 ? strtoull(argv[2], &end, 10) : 0;
    const char *what = argc == 3 ? argv[1] : "";
    bool on_queue = strncmp(what, "queue", 5) == 0;
    uint64_t (*loop)(uint64_t, uint64_t) = strcmp(what, "queue") == 0     ? queue
                                           : strcmp(what, "dequeue") == 0 ? dequeue
                                           : strcmp(what, "queue-none") == 0 || strcmp(what, "dequeue-none") == 0
                                               ? none
                                               : NULL;
    if (loop == NULL || end == argv[2] || *end != '\0') {
        fprintf(stderr, "usage: bench-aimc-sites-%d queue|dequeue|queue-none|dequeue-none ITERATIONS\n", SITES);
        return 2;
    }
    aimc_driver_attach();
    uint64_t words = aimc_cm_status(on_queue ? AIMC_STATUS_ROWS : AIMC_STATUS_COLUMNS) / 4;
    if (words < BLOCK_SITES) {
        fprintf(stderr, "bench-aimc-sites-%d: the tile is too small: a block has %d words\n", SITES, BLOCK_SITES);
        return 1;
    }
    printf("sites %d operations %" PRIu64 "\n", SITES, loop(iterations, words));
    printf("misuse %" PRIu64 "\n", aimc_cm_status(AIMC_STATUS_MISUSE));
    aimc_cm_process();  // leaves no queued word behind
    return 0;
}
