/*
 * What aimc_map refuses, and that refusing changes nothing.
 */
#include <aimc/aimc.h>

#include <stddef.h>

#include "check.h"

static const int8_t weights[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
static aimc_device *device;

/* Maps, prints the result and unmaps again what was accepted. */
static aimc_error try_map(uint32_t row, uint32_t column, uint32_t rows, uint32_t columns, size_t stride)
{
    aimc_matrix *matrix = NULL;
    const aimc_error error = aimc_map(device, row, column, rows, columns, weights, stride, &matrix);
    CHECK((matrix != NULL) == (error == AIMC_OK));
    printf("%lu x %lu at (%lu, %lu), stride %lu: %s\n", (unsigned long)rows, (unsigned long)columns, (unsigned long)row,
           (unsigned long)column, (unsigned long)stride, aimc_strerror(error));
    aimc_unmap(matrix);
    return error;
}

int main(void)
{
    uint32_t rows, columns;
    aimc_matrix *first, *second;
    int8_t output[4];

    CHECK(aimc_open(&device) == AIMC_OK);
    CHECK(aimc_geometry(device, &rows, &columns) == AIMC_OK);
    CHECK(aimc_geometry(device, NULL, NULL) == AIMC_OK);
    CHECK(aimc_geometry(NULL, &rows, &columns) == AIMC_ERR_ARGUMENT);

    CHECK(try_map(rows - 4, columns - 4, 4, 4, 4) == AIMC_OK);
    CHECK(try_map(rows - 3, 0, 4, 4, 4) == AIMC_ERR_RANGE);
    CHECK(try_map(0, columns - 3, 4, 4, 4) == AIMC_ERR_RANGE);
    CHECK(try_map(rows, 0, 1, 1, 4) == AIMC_ERR_RANGE);
    CHECK(try_map(0, columns, 1, 1, 4) == AIMC_ERR_RANGE);
    /* Sums that wrap in 32 bits. */
    CHECK(try_map(2, 0, UINT32_MAX, 1, 4) == AIMC_ERR_RANGE);
    CHECK(try_map(0, UINT32_MAX, 1, 2, 4) == AIMC_ERR_RANGE);
    CHECK(try_map(0, 0, 0, 4, 4) == AIMC_ERR_ARGUMENT);
    CHECK(try_map(0, 0, 4, 0, 4) == AIMC_ERR_ARGUMENT);
    CHECK(try_map(0, 0, 4, 4, 3) == AIMC_ERR_ARGUMENT);

    CHECK(aimc_map(device, 2, 2, 2, 2, weights, 4, &first) == AIMC_OK);
    CHECK(try_map(0, 0, 3, 3, 4) == AIMC_ERR_OVERLAP);
    CHECK(try_map(3, 3, 1, 1, 1) == AIMC_ERR_OVERLAP);
    CHECK(try_map(0, 0, 2, 4, 4) == AIMC_OK);
    CHECK(try_map(2, 4, 2, 2, 4) == AIMC_OK);
    CHECK(aimc_mvm(first, (const int8_t[]){1, 1}, output) == AIMC_OK);
    CHECK(output[0] == 6 && output[1] == 8);
    CHECK(aimc_unmap(first) == AIMC_OK);
    CHECK(aimc_map(device, 0, 0, 3, 3, weights, 4, &second) == AIMC_OK);

    CHECK(aimc_map(NULL, 0, 0, 1, 1, weights, 1, &first) == AIMC_ERR_ARGUMENT);
    CHECK(aimc_map(device, 9, 0, 1, 1, NULL, 1, &first) == AIMC_ERR_ARGUMENT);
    CHECK(aimc_map(device, 9, 0, 1, 1, weights, 1, NULL) == AIMC_ERR_ARGUMENT);
    CHECK(aimc_mvm(NULL, weights, output) == AIMC_ERR_ARGUMENT);
    CHECK(aimc_mvm(second, NULL, output) == AIMC_ERR_ARGUMENT);
    CHECK(aimc_mvm(second, weights, NULL) == AIMC_ERR_ARGUMENT);
    CHECK(aimc_unmap(NULL) == AIMC_OK);

    /* Closing frees `second`. */
    CHECK(aimc_close(device) == AIMC_OK);
    return check_result();
}
