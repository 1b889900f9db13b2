/* With its interrupt stuck a job is found to be done when the driver looks for jobs that hang; a storm only costs time. */
#include "check.h"

static int64_t duration(struct context context, struct aimc_mvm mvm, uint32_t flags)
{
    struct aimc_wait wait = {.ctx = context.ctx, .flags = flags, .timeout_ns = FOREVER};
    int64_t begin = now_ns();
    wait.fence = (uint64_t)submit(context, &mvm, 1);
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_WAIT, &wait), 0);
    CHECK_EQUAL(wait.status, 0);
    return now_ns() - begin;
}

int main(void)
{
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_mvm mvm = mvm_of(context.tile, 16, 16, buffer, buffer);
    CHECK(duration(context, mvm, 0) < MS);
    inject("stuck_irq", "1");
    CHECK(duration(context, mvm, 0) >= 499 * MS);
    CHECK(duration(context, mvm, AIMC_WAIT_POLL) < MS);
    inject("stuck_irq", "0");
    CHECK(duration(context, mvm, 0) < MS);
    int64_t begin = now_ns();
    inject("irq_storm", "1000");
    CHECK(duration(context, mvm, 0) < 2 * MS);
    sleep_ns(2 * MS);
    CHECK(now_ns() - begin < 5 * MS);
    return ok();
}
