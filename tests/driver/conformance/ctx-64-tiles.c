/* Masks reach to the last tile that a machine can have. Needs 64 cores. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    struct context context, last;
    CHECK_EQUAL(device_info(fd).tiles, 64);
    CHECK_EQUAL(try_context(fd, 64, 0, UINT64_MAX, &context), 0);
    CHECK_EQUAL(context.tile_mask, UINT64_MAX);
    CHECK_EQUAL(context_info(fd, context.ctx).tile_mask, UINT64_MAX);
    CHECK_EQUAL(try_context(fd, 1, 0, 1ull << 63, NULL), -EBUSY);
    CHECK_EQUAL(destroy_context(context), 0);
    CHECK_EQUAL(try_context(fd, 65, 0, 0, NULL), -EINVAL);
    CHECK_EQUAL(try_context(fd, 1, 0, 1ull << 63, &last), 0);
    CHECK_EQUAL(last.tile_mask, 1ull << 63);
    CHECK_EQUAL(try_context(fd, 63, 0, 0, NULL), 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    const int8_t weights[16] = {9};
    program_matrix(last, 4, 4, weights);
    buffer.bytes[0] = 2;
    multiply_on_tile(last, mvm_of(63, 4, 4, buffer, buffer));
    CHECK_EQUAL(buffer.bytes[0], 18);
    pin(63);
    CHECK_EQUAL(bind_tile(last, 63, 0), 0);
    CHECK_EQUAL(aimc_cm_param_read(0, 0), 9);
    return ok();
}
