/* A fence's descriptor goes on when its client is closed: what was left to do is cancelled, so it becomes readable. */
#include "check.h"

int main(void)
{
    int fd = open_device(), first, last;
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_mvm mvm = mvm_of(context.tile, 4, 4, buffer, buffer);
    struct aimc_submit submission = {
        .ctx = context.ctx, .count = 1, .mvms = (uintptr_t)&mvm, .flags = AIMC_SUBMIT_FENCE_FD};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_SUBMIT, &submission), 0);
    first = submission.fence_fd;
    keep_busy(context);
    keep_busy(context);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_SUBMIT, &submission), 0);
    last = submission.fence_fd;
    CHECK(!readable(last));
    CHECK_EQUAL(close(fd), 0);
    struct pollfd item = {.fd = last, .events = POLLIN};
    CHECK_EQUAL(poll(&item, 1, 100), 1);
    CHECK(readable(first));
    return ok();
}
