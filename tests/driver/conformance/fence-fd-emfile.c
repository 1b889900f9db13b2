/* Without room for the fence's descriptor SUBMIT is EMFILE, and nothing was submitted. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_mvm mvm = mvm_of(context.tile, 4, 4, buffer, buffer);
    struct aimc_submit submission = {
        .ctx = context.ctx, .count = 1, .mvms = (uintptr_t)&mvm, .flags = AIMC_SUBMIT_FENCE_FD};
    int next = dup(fd);
    CHECK_EQUAL(close(next), 0);
    struct rlimit limit;
    CHECK_EQUAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = (rlim_t)next;
    CHECK_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_SUBMIT, &submission), -EMFILE);
    CHECK_EQUAL(context_info(fd, context.ctx).submitted, 0);
    limit.rlim_cur = (rlim_t)next + 1;
    CHECK_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_SUBMIT, &submission), 0);
    CHECK_EQUAL(submission.fence, 1);
    CHECK_EQUAL(submission.fence_fd, next);
    return ok();
}
