/* A dead tile fails at every job, can be neither had anew nor bound, and takes the instructions of its process. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    pin(0);
    struct context context;
    struct buffer buffer = new_buffer(fd, PAGE);
    CHECK_EQUAL(try_context(fd, 1, 0, 1, &context), 0);
    struct aimc_get_health health = {.ctx = context.ctx, .tile = context.tile};
    struct aimc_mvm mvm = mvm_of(context.tile, 16, 16, buffer, buffer);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_GET_HEALTH, &health), 0);
    CHECK_EQUAL(health.flags, 0);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    CHECK(instructions_work());
    inject("dead_tile", "0");
    CHECK(!instructions_work());
    CHECK_EQUAL(bind_tile(context, 0, 0), -EIO);
    CHECK_EQUAL(status_of(context, (uint64_t)submit(context, &mvm, 1)), -EIO);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_GET_HEALTH, &health), 0);
    CHECK_EQUAL(health.flags, AIMC_HEALTH_DEAD);
    CHECK_EQUAL(destroy_context(context), 0);
    CHECK_EQUAL(try_context(fd, 1, 0, 1, &context), -EBUSY);
    CHECK_EQUAL(try_context(fd, 1, 0, 2, &context), 0);
    CHECK_EQUAL(status_of(context, (uint64_t)keep_busy(context)), 0);
    inject("dead_tile", "-1");
    CHECK_EQUAL(try_context(fd, 1, 0, 1, &context), 0);
    return ok();
}
