/* What is not an eventfd is EBADF, and nothing was submitted. */
#include "check.h"

int main(void)
{
    int fd = open_device(), ends[2];
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_mvm mvm = mvm_of(context.tile, 4, 4, buffer, buffer);
    struct aimc_submit submission = {
        .ctx = context.ctx, .count = 1, .mvms = (uintptr_t)&mvm, .flags = AIMC_SUBMIT_EVENTFD};
    CHECK_EQUAL(pipe(ends), 0);
    const int bad[] = {-1, 999, fd, ends[1]};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        submission.fence_fd = bad[i];
        CHECK_EQUAL(call(fd, AIMC_IOCTL_SUBMIT, &submission), -EBADF);
    }
    CHECK_EQUAL(context_info(fd, context.ctx).submitted, 0);
    return ok();
}
