/* WAIT knows two flags, of which one may be given. */
#include "check.h"

int main(void)
{
    struct context context = new_context(open_device(), 0);
    struct aimc_wait wait = {.ctx = context.ctx, .fence = keep_busy(context), .timeout_ns = FOREVER};
    wait.flags = 1u << 2;
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_WAIT, &wait), -EINVAL);
    wait.flags = AIMC_WAIT_POLL | 1u << 31;
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_WAIT, &wait), -EINVAL);
    wait.flags = AIMC_WAIT_POLL | AIMC_WAIT_HYBRID;
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_WAIT, &wait), -EINVAL);
    wait.flags = AIMC_WAIT_HYBRID;
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_WAIT, &wait), 0);
    wait.flags = AIMC_WAIT_POLL;
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_WAIT, &wait), 0);
    return ok();
}
