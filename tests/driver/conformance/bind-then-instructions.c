/* With a bound tile a program computes by instructions what the tile's matrix says. */
#include "check.h"

int main(void)
{
    enum { ROWS = 64, COLUMNS = 32 };
    static int8_t weights[ROWS * COLUMNS], input[ROWS], seen[COLUMNS], expected[COLUMNS];
    int fd = open_device();
    pin(0);
    struct context context = new_context(fd, 0);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    struct aimc_device_info info = device_info(fd);
    CHECK_EQUAL(aimc_cm_status(AIMC_STATUS_ROWS), info.rows);
    CHECK_EQUAL(aimc_cm_status(AIMC_STATUS_COLUMNS), info.columns);

    fill(weights, sizeof weights, 1, 20);
    for (int y = 0; y < ROWS; y++)
        for (int x = 0; x < COLUMNS; x++)
            CHECK_EQUAL(aimc_cm_param_write(x, y, weights[y * COLUMNS + x]), 0);
    for (uint32_t round = 0; round < 4; round++) {
        fill(input, sizeof input, 10 + round, 10);
        multiply_by_instructions(ROWS, COLUMNS, input, seen);
        multiply(weights, COLUMNS, ROWS, COLUMNS, input, expected);
        CHECK(memcmp(seen, expected, COLUMNS) == 0);
    }
    return ok();
}
