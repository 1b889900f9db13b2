/* Jobs cannot use a tile that is bound: all commands that make one fail with EBUSY until the binding ends. */
#include "check.h"

int main(void)
{
    int8_t weights[16] = {1, 2, 3, 4};
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_program program = program_of(context, 4, 4, weights);
    struct aimc_mvm mvm = mvm_of(context.tile, 4, 4, buffer, buffer);
    struct aimc_calibrate calibrate = {.ctx = context.ctx, .tile = context.tile};
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_PROGRAM, &program), -EBUSY);
    CHECK_EQUAL(read_back(context, 4, 4, weights), -EBUSY);
    CHECK_EQUAL(submit(context, &mvm, 1), -EBUSY);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_CALIBRATE, &calibrate), -EBUSY);
    CHECK_EQUAL(context_info(fd, context.ctx).submitted, 0);

    CHECK_EQUAL(bind_tile(context, 0, AIMC_BIND_OFF), 0);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_PROGRAM, &program), 0);
    CHECK_EQUAL(submit(context, &mvm, 1), 2);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_CALIBRATE, &calibrate), 0);
    CHECK_EQUAL(read_back(context, 4, 4, weights), 0);
    return ok();
}
