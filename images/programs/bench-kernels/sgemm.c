// Products of 96 × 96 matrices in single precision, row by row: multiply-add over vectors that stay in the caches.
#include "checksum.h"
#include "random.h"
#include "rounds.h"

#include <stdio.h>
#include <string.h>

enum { SIZE = 96 };

static float a[SIZE][SIZE], b[SIZE][SIZE], product[SIZE][SIZE];

static void multiply(void) {
    memset(product, 0, sizeof product);
    for (int i = 0; i < SIZE; i++) {
        for (int k = 0; k < SIZE; k++) {
            for (int j = 0; j < SIZE; j++) {
                product[i][j] += a[i][k] * b[k][j];
            }
        }
    }
}

int main(int argc, char **argv) {
    // One inexact result, as in nearly every program: without any, emulators compute without the host's arithmetic.
    volatile float three = 3, third = 1 / three;
    (void)third;
    random_t random = {4};
    for (int i = 0; i < SIZE; i++) {
        for (int j = 0; j < SIZE; j++) {
            // Small integers, so that all sums are exact.
            a[i][j] = (float)(random_next(&random) % 15) - 7;
            b[i][j] = (float)(random_next(&random) % 15) - 7;
        }
    }
    for (long round = rounds_wanted(argc, argv); round > 0; round--) {
        multiply();
    }
    printf("%08x\n", checksum_bytes(0, product, sizeof product));
    return 0;
}
