// Lengths of Collatz sequences from 1 to 12,000: short blocks and branches that depend on data.
#include "rounds.h"

#include <stdint.h>
#include <stdio.h>

enum { LAST = 12000 };

static long steps_of(uint64_t value) {
    long steps = 0;
    while (value != 1) {
        if (value & 1) {
            value = 3 * value + 1;
        } else {
            value >>= 1;
        }
        steps++;
    }
    return steps;
}

int main(int argc, char **argv) {
    long steps = 0;
    for (long round = rounds_wanted(argc, argv); round > 0; round--) {
        for (uint64_t start = 1; start <= LAST; start++) {
            steps += steps_of(start);
        }
    }
    printf("%ld\n", steps);
    return 0;
}
