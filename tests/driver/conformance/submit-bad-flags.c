/* SUBMIT knows two flags, of which one at most may be set; multiplications have none: EINVAL. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_mvm mvm = mvm_of(context.tile, 4, 4, buffer, buffer);
    struct aimc_submit submission = {.ctx = context.ctx, .count = 1, .mvms = (uintptr_t)&mvm};
    const uint32_t bad[] = {1u << 2, 1u << 31, AIMC_SUBMIT_FENCE_FD | AIMC_SUBMIT_EVENTFD, UINT32_MAX};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        submission.flags = bad[i];
        CHECK_EQUAL(call(fd, AIMC_IOCTL_SUBMIT, &submission), -EINVAL);
    }
    mvm.flags = 1;
    CHECK_EQUAL(submit(context, &mvm, 1), -EINVAL);
    mvm.flags = 0;
    CHECK_EQUAL(context_info(fd, context.ctx).submitted, 0);
    CHECK_EQUAL(submit(context, &mvm, 1), 1);
    return ok();
}
