/* A multiplication gives what a loop in C gives that multiplies, adds and saturates. */
#include "check.h"

int main(void)
{
    enum { ROWS = 200, COLUMNS = 150 };
    static int8_t weights[ROWS * COLUMNS], expected[COLUMNS];
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer input = new_buffer(fd, ROWS), output = new_buffer(fd, COLUMNS);
    fill(weights, sizeof weights, 1, 127);
    program_matrix(context, ROWS, COLUMNS, weights);
    for (int range = 1; range <= 100; range *= 10) {
        fill(input.bytes, ROWS, (uint32_t)range, range);
        memset(output.bytes, 0x55, PAGE);
        multiply(weights, COLUMNS, ROWS, COLUMNS, input.bytes, expected);
        multiply_on_tile(context, mvm_of(context.tile, ROWS, COLUMNS, input, output));
        CHECK(memcmp(output.bytes, expected, COLUMNS) == 0);
        CHECK_EQUAL(output.bytes[COLUMNS], 0x55);
    }
    return ok();
}
