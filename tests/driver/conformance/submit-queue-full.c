/* When as many jobs wait as the queue holds, SUBMIT is EAGAIN and opens no descriptor; later there is room again. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_mvm mvm = mvm_of(context.tile, 4, 4, buffer, buffer);
    uint64_t first = keep_busy(context);
    int64_t last = (int64_t)first, fence;
    while ((fence = submit(context, &mvm, 1)) > 0) {
        CHECK_EQUAL(fence, last + 1);
        last = fence;
        CHECK(last < 100000);
    }
    CHECK_EQUAL(fence, -EAGAIN);
    CHECK(last > (int64_t)first);
    struct aimc_submit submission = {
        .ctx = context.ctx, .count = 1, .mvms = (uintptr_t)&mvm, .flags = AIMC_SUBMIT_FENCE_FD};
    int next = dup(fd);
    CHECK_EQUAL(close(next), 0);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_SUBMIT, &submission), -EAGAIN);
    CHECK_EQUAL(dup(fd), next);
    struct aimc_context_info info = context_info(fd, context.ctx);
    CHECK_EQUAL(info.submitted, last);
    CHECK_EQUAL(info.last_fence, last);
    CHECK_EQUAL(status_of(context, (uint64_t)last), 0);
    CHECK_EQUAL(submit(context, &mvm, 1), last + 1);
    return ok();
}
