/* QUERY counts the multiplications and weights of a tile and the jobs of a context. */
#include "check.h"

int main(void)
{
    int8_t weights[8 * 12];
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_tile_info before = tile_info(fd, context.tile);
    struct aimc_context_info info = context_info(fd, context.ctx);
    CHECK_EQUAL(info.tile_mask, context.tile_mask);
    CHECK(info.submitted == 0 && info.completed == 0 && info.failed == 0 && info.last_fence == 0);

    fill(weights, sizeof weights, 1, 100);
    program_matrix(context, 8, 12, weights);
    struct aimc_mvm mvms[3];
    for (int i = 0; i < 3; i++)
        mvms[i] = mvm_of(context.tile, 8, 12, buffer, buffer);
    CHECK_EQUAL(status_of(context, (uint64_t)submit(context, mvms, 3)), 0);
    CHECK_EQUAL(read_back(context, 8, 12, weights), 0);
    struct aimc_calibrate calibrate = {.ctx = context.ctx, .tile = context.tile};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_CALIBRATE, &calibrate), 0);
    CHECK_EQUAL(status_of(context, calibrate.fence), 0);

    struct aimc_tile_info after = tile_info(fd, context.tile);
    CHECK_EQUAL(after.mvms - before.mvms, 3);
    CHECK_EQUAL(after.programmed_weights - before.programmed_weights, 8 * 12);
    CHECK(after.busy_ns > before.busy_ns);
    info = context_info(fd, context.ctx);
    CHECK_EQUAL(info.submitted, 4);
    CHECK_EQUAL(info.completed, 4);
    CHECK_EQUAL(info.failed, 0);
    CHECK_EQUAL(info.last_fence, 4);
    CHECK_EQUAL(calibrate.fence, 4);
    return ok();
}
