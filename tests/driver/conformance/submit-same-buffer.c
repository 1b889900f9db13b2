/* Input and output may be the same bytes of one buffer. */
#include "check.h"

int main(void)
{
    enum { SIDE = 32 };
    static int8_t weights[SIDE * SIDE], expected[SIDE];
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    fill(weights, sizeof weights, 1, 10);
    program_matrix(context, SIDE, SIDE, weights);
    fill(buffer.bytes, SIDE, 2, 10);
    multiply(weights, SIDE, SIDE, SIDE, buffer.bytes, expected);
    multiply_on_tile(context, mvm_of(context.tile, SIDE, SIDE, buffer, buffer));
    CHECK(memcmp(buffer.bytes, expected, SIDE) == 0);
    return ok();
}
