/*
 * aimc_map and aimc_mvm agree with the plain arithmetic for odd sizes at odd places, several at a time.
 */
#include <aimc/aimc.h>
#include <aimc/reference.h>

#include <string.h>

#include "check.h"

enum { LIMIT = 80 };

typedef struct {
    uint32_t row, column, rows, columns;
} place;

static int8_t weights[LIMIT * LIMIT];
/* Room for an unaligned start and for guards around the vectors. */
static int8_t input[LIMIT + 8], expected[LIMIT], output[LIMIT + 8];

static void multiply(aimc_matrix *matrix, place at, const int8_t *values, size_t stride, unsigned misalignment)
{
    random_bytes(input, sizeof input);
    memset(output, 0x55, sizeof output);
    aimc_mvm_reference(at.rows, at.columns, values, stride, input + misalignment, expected);
    CHECK(aimc_mvm(matrix, input + misalignment, output + misalignment) == AIMC_OK);
    CHECK(memcmp(output + misalignment, expected, at.columns) == 0);
    for (size_t i = 0; i < sizeof output; i++)
        CHECK(output[i] == 0x55 || (i >= misalignment && i < misalignment + at.columns));
    printf("%lu x %lu at (%lu, %lu): %08lx\n", (unsigned long)at.rows, (unsigned long)at.columns, (unsigned long)at.row,
           (unsigned long)at.column, (unsigned long)fold(output + misalignment, at.columns));
}

/* All offsets modulo the word size, sizes around multiples of it. Small weights, so that few sums saturate. */
static void sweep(aimc_device *device)
{
    for (uint32_t i = 0; i < 64; i++) {
        const place at = {i % 8, i / 8 % 8 * 3, 1 + (i * 7) % 13, 1 + (i * 5) % 11};
        aimc_matrix *matrix;
        random_bytes(weights, sizeof weights);
        for (size_t j = 0; j < sizeof weights; j++)
            weights[j] = (int8_t)(weights[j] / 64);
        CHECK(aimc_map(device, at.row, at.column, at.rows, at.columns, weights, LIMIT, &matrix) == AIMC_OK);
        multiply(matrix, at, weights, LIMIT, i % 4);
        CHECK(aimc_unmap(matrix) == AIMC_OK);
    }
}

/* Matrices that share rows and columns of the crossbar but no cell, and the last cells of it. */
static void side_by_side(aimc_device *device)
{
    uint32_t rows, columns;
    CHECK(aimc_geometry(device, &rows, &columns) == AIMC_OK);
    const place places[] = {{0, 0, 30, 21}, {0, 21, 17, 33}, {30, 3, 50, 9}, {rows - 5, columns - 3, 5, 3}};
    aimc_matrix *matrices[4];
    for (unsigned i = 0; i < 4; i++) {
        /* Each reads its own part of the array, with a stride of its own. */
        CHECK(aimc_map(device, places[i].row, places[i].column, places[i].rows, places[i].columns, weights + i,
                       places[i].columns + i, &matrices[i]) == AIMC_OK);
    }
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < 4; i++)
            multiply(matrices[i], places[i], weights + i, places[i].columns + i, round);
}

static void in_place(aimc_device *device)
{
    aimc_matrix *matrix;
    int8_t vector[6] = {1, -2, 3, -4, 5, -6};
    const int8_t identity_twice[6][6] = {{2}, {0, 2}, {0, 0, 2}, {0, 0, 0, 2}, {0, 0, 0, 0, 2}, {0, 0, 0, 0, 0, 2}};
    CHECK(aimc_map(device, 101, 102, 6, 6, identity_twice[0], 6, &matrix) == AIMC_OK);
    CHECK(aimc_mvm(matrix, vector, vector) == AIMC_OK);
    printf("in place %d %d %d %d %d %d\n", vector[0], vector[1], vector[2], vector[3], vector[4], vector[5]);
    CHECK(vector[0] == 2 && vector[3] == -8 && vector[5] == -12);
}

int main(void)
{
    aimc_device *device;
    aimc_counters counters;
    CHECK(aimc_open(&device) == AIMC_OK);
    sweep(device);
    side_by_side(device);
    in_place(device);
    CHECK(aimc_statistics(device, &counters) == AIMC_OK);
    printf("misuse %lu saturated %lu\n", (unsigned long)counters.misuse, (unsigned long)counters.saturated_outputs);
    CHECK(counters.misuse == 0);
    CHECK(aimc_close(device) == AIMC_OK);
    return check_result();
}
