/* Weights are the context's: instructions see what PROGRAM wrote, and READBACK what instructions wrote. */
#include "check.h"

int main(void)
{
    enum { ROWS = 24, COLUMNS = 16 };
    static int8_t weights[ROWS * COLUMNS], input[ROWS], seen[ROWS * COLUMNS], expected[COLUMNS];
    int fd = open_device();
    pin(0);
    struct context context = new_context(fd, 0);
    fill(weights, sizeof weights, 1, 30);
    program_matrix(context, ROWS, COLUMNS, weights);

    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    for (int y = 0; y < ROWS; y++)
        for (int x = 0; x < COLUMNS; x++)
            CHECK_EQUAL(aimc_cm_param_read(x, y), weights[y * COLUMNS + x]);
    fill(input, sizeof input, 2, 10);
    multiply_by_instructions(ROWS, COLUMNS, input, seen);
    multiply(weights, COLUMNS, ROWS, COLUMNS, input, expected);
    CHECK(memcmp(seen, expected, COLUMNS) == 0);
    CHECK_EQUAL(aimc_cm_param_write(3, 5, -100), 0);
    CHECK_EQUAL(bind_tile(context, 0, AIMC_BIND_OFF), 0);

    weights[5 * COLUMNS + 3] = -100;
    CHECK_EQUAL(read_back(context, ROWS, COLUMNS, seen), 0);
    CHECK(memcmp(seen, weights, sizeof weights) == 0);
    return ok();
}
