// Matrix-vector products of 512×512 int8 on the core, each fed with the result of the one before.
#include "checksum.h"
#include "matvec_int8.h"
#include "random.h"
#include "rounds.h"

#include <stdio.h>

enum { SIZE = 512, PRODUCTS = 500 };

static int8_t matrix[SIZE * SIZE];

int main(int argc, char **argv) {
    random_t random = {1};
    for (int i = 0; i < SIZE * SIZE; i++) {
        matrix[i] = (int8_t)((int)(random_next(&random) % 15) - 7);
    }
    matvec_t packed;
    if (matvec_pack(&packed, matrix, SIZE, SIZE) != 0) {
        fprintf(stderr, "bench-mvm-int8: no memory\n");
        return 1;
    }
    int8_t in[SIZE], out[SIZE];
    for (int i = 0; i < SIZE; i++) {
        in[i] = (int8_t)(random_next(&random) % 4);
    }
    uint32_t checksum = 0;
    long products = PRODUCTS * rounds_wanted(argc, argv);
    for (long product = 0; product < products; product++) {
        matvec_run(&packed, in, out);
        checksum = checksum_bytes(checksum, out, SIZE);
        for (int i = 0; i < SIZE; i++) {
            in[i] = (int8_t)((out[i] & 127) >> 5);  // never negative, and small enough that sums do not all saturate
        }
    }
    matvec_free(&packed);
    printf("%08x\n", checksum);
    return 0;
}
