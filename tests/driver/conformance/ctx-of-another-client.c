/* The numbers of contexts mean nothing to another client: each ioctl that takes one fails with ENOENT. */
#include "check.h"

int main(void)
{
    int8_t weights[16] = {0};
    int mine = open_device(), other = open_device();
    struct context context = new_context(mine, 0), foreign = context;
    foreign.fd = other;
    struct buffer buffer = new_buffer(other, PAGE);
    struct aimc_wait wait;
    program_matrix(context, 4, 4, weights);

    CHECK_EQUAL(destroy_context(foreign), -ENOENT);
    CHECK_EQUAL(bind_tile(foreign, 0, 0), -ENOENT);
    CHECK_EQUAL(bind_tile(foreign, 0, AIMC_BIND_OFF), -ENOENT);
    struct aimc_program program = program_of(foreign, 4, 4, weights);
    CHECK_EQUAL(call(other, AIMC_IOCTL_PROGRAM, &program), -ENOENT);
    CHECK_EQUAL(read_back(foreign, 4, 4, weights), -ENOENT);
    struct aimc_mvm mvm = mvm_of(context.tile, 4, 4, buffer, buffer);
    CHECK_EQUAL(submit(foreign, &mvm, 1), -ENOENT);
    CHECK_EQUAL(wait_until(foreign, 1, 0, &wait), -ENOENT);
    struct aimc_calibrate calibrate = {.ctx = context.ctx, .tile = context.tile};
    CHECK_EQUAL(call(other, AIMC_IOCTL_CALIBRATE, &calibrate), -ENOENT);
    struct aimc_get_health health = {.ctx = context.ctx, .tile = context.tile};
    CHECK_EQUAL(call(other, AIMC_IOCTL_GET_HEALTH, &health), -ENOENT);
    struct aimc_context_info info;
    CHECK_EQUAL(query(other, AIMC_TOPIC_CONTEXT, context.ctx, &info, sizeof info), -ENOENT);

    CHECK_EQUAL(context_info(mine, context.ctx).submitted, 1);
    return ok();
}
