/* A job sees the outputs of earlier jobs of its context, without a wait between them. */
#include "check.h"

int main(void)
{
    enum { SIDE = 16, STEPS = 5 };
    static int8_t weights[SIDE * SIDE], expected[(STEPS + 1) * SIDE];
    int64_t fence = 0;
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    fill(weights, sizeof weights, 1, 2);
    program_matrix(context, SIDE, SIDE, weights);
    fill(buffer.bytes, SIDE, 2, 3);
    memcpy(expected, buffer.bytes, SIDE);
    for (uint32_t step = 0; step < STEPS; step++) {
        struct aimc_mvm mvm = mvm_of(context.tile, SIDE, SIDE, buffer, buffer);
        mvm.input_offset = step * SIDE;
        mvm.output_offset = (step + 1) * SIDE;
        fence = submit(context, &mvm, 1);
        CHECK_EQUAL(fence, step + 2);
        multiply(weights, SIDE, SIDE, SIDE, expected + step * SIDE, expected + (step + 1) * SIDE);
    }
    CHECK_EQUAL(status_of(context, (uint64_t)fence), 0);
    CHECK(memcmp(buffer.bytes, expected, sizeof expected) == 0);
    return ok();
}
