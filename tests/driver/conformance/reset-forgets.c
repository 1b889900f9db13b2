/* RESET forgets bindings and weights; contexts and buffers stay. */
#include "check.h"

int main(void)
{
    int8_t weights[64], seen[64];
    int fd = open_device();
    pin(0);
    struct context context = new_context(fd, 0), other = new_wide_context(fd, 1);
    struct buffer buffer = new_buffer(fd, PAGE);
    memset(weights, 3, sizeof weights);
    program_matrix(context, 8, 8, weights);
    program_matrix(other, 8, 8, weights);
    buffer.bytes[0] = 12;
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    CHECK(instructions_work());

    struct aimc_reset reset = {0};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_RESET, &reset), 0);
    CHECK(!instructions_work());
    CHECK_EQUAL(tile_info(fd, context.tile).bound, 0);
    CHECK_EQUAL(bind_tile(context, 0, AIMC_BIND_OFF), -ENXIO);
    CHECK_EQUAL(read_back(context, 8, 8, seen), 0);
    for (size_t i = 0; i < sizeof seen; i++)
        CHECK_EQUAL(seen[i], 0);
    CHECK_EQUAL(read_back(other, 8, 8, seen), 0);
    CHECK_EQUAL(seen[0], 0);
    CHECK_EQUAL(context_info(fd, context.ctx).tile_mask, context.tile_mask);
    CHECK_EQUAL(free_tiles(), 0);
    CHECK_EQUAL(buffer.bytes[0], 12);

    program_matrix(context, 8, 8, weights);
    multiply_on_tile(context, mvm_of(context.tile, 8, 8, buffer, buffer));
    CHECK_EQUAL(buffer.bytes[0], 36);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    CHECK(instructions_work());
    return ok();
}
