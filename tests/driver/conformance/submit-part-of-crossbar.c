/* A multiplication uses the part of the crossbar that it names and no other weights, from and to any offsets. */
#include "check.h"

int main(void)
{
    enum { SIDE = 64, ROW = 13, COLUMN = 9, ROWS = 21, COLUMNS = 17, FROM = 4090, TO = 33 };
    static int8_t weights[SIDE * SIDE], expected[COLUMNS];
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer input = new_buffer(fd, 2 * PAGE), output = new_buffer(fd, PAGE);
    fill(weights, sizeof weights, 1, 20);
    program_matrix(context, SIDE, SIDE, weights);
    fill(input.bytes, input.size, 2, 10);
    memset(output.bytes, 0x66, PAGE);
    struct aimc_mvm mvm = mvm_of(context.tile, ROWS, COLUMNS, input, output);
    mvm.row = ROW;
    mvm.column = COLUMN;
    mvm.input_offset = FROM;
    mvm.output_offset = TO;
    multiply_on_tile(context, mvm);
    multiply(weights + ROW * SIDE + COLUMN, SIDE, ROWS, COLUMNS, input.bytes + FROM, expected);
    CHECK(memcmp(output.bytes + TO, expected, COLUMNS) == 0);
    CHECK_EQUAL(output.bytes[TO - 1], 0x66);
    CHECK_EQUAL(output.bytes[TO + COLUMNS], 0x66);
    return ok();
}
