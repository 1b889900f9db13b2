// Follows a random ring through 4 MiB, a line at a time, 1,000,000 steps: each load waits for the one before.
#include "random.h"
#include "rounds.h"

#include <stdio.h>

enum { NODES = 1 << 16, STEPS = 1000000 };

static struct {
    uint32_t next;
    uint32_t rest[15];
} ring[NODES];

int main(int argc, char **argv) {
    random_t random = {7};
    for (uint32_t i = 0; i < NODES; i++) {
        ring[i].next = i;
    }
    // Sattolo's shuffle: a single cycle.
    for (uint32_t i = NODES - 1; i > 0; i--) {
        uint32_t j = (uint32_t)(random_next(&random) % i), next = ring[i].next;
        ring[i].next = ring[j].next;
        ring[j].next = next;
    }
    uint32_t place = 0;
    for (long round = rounds_wanted(argc, argv); round > 0; round--) {
        for (int step = 0; step < STEPS; step++) {
            place = ring[place].next;
        }
    }
    printf("%u\n", place);
    return 0;
}
