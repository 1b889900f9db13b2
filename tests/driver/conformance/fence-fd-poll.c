/* A fence's descriptor polls readable once the fence is reached, and from then on; it is close-on-exec. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_mvm mvm = mvm_of(context.tile, 4, 4, buffer, buffer);
    struct aimc_submit submission = {
        .ctx = context.ctx, .count = 1, .mvms = (uintptr_t)&mvm, .flags = AIMC_SUBMIT_FENCE_FD};
    keep_busy(context);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_SUBMIT, &submission), 0);
    int fence = submission.fence_fd;
    CHECK(fence > fd);
    CHECK_EQUAL(fcntl(fence, F_GETFD), FD_CLOEXEC);
    CHECK(!readable(fence));
    struct pollfd item = {.fd = fence, .events = POLLIN};
    int64_t begin = now_ns();
    CHECK_EQUAL(poll(&item, 1, 1), 0);
    CHECK(now_ns() - begin >= MS);
    CHECK_EQUAL(poll(&item, 1, -1), 1);
    CHECK_EQUAL(item.revents, POLLIN);
    struct aimc_wait wait;
    CHECK_EQUAL(wait_until(context, submission.fence, 0, &wait), 0);
    CHECK(readable(fence));
    keep_busy(context);
    CHECK(readable(fence));
    int copy = dup(fence);
    CHECK_EQUAL(close(fence), 0);
    CHECK(readable(copy));
    return ok();
}
