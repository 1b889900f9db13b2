// Copies and scales arrays of 4 MiB, more than the caches hold: the bandwidth of memory.
#include "rounds.h"

#include <inttypes.h>
#include <stdio.h>

enum { COUNT = 1 << 19 };

static uint64_t a[COUNT], b[COUNT];

static void pass(void) {
    for (int i = 0; i < COUNT; i++) {
        b[i] = a[i] + 1;
    }
    for (int i = 0; i < COUNT; i++) {
        a[i] = 3 * b[i];
    }
}

int main(int argc, char **argv) {
    for (int i = 0; i < COUNT; i++) {
        a[i] = (uint64_t)i;
    }
    for (long round = rounds_wanted(argc, argv); round > 0; round--) {
        pass();
    }
    uint64_t sum = 0;
    for (int i = 0; i < COUNT; i++) {
        sum += a[i];
    }
    printf("%016" PRIx64 "\n", sum);
    return 0;
}
