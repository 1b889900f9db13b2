/* With AIMC_WAIT_POLL a wait gives the same as without, in less time, and keeps the core busy meanwhile. */
#include "check.h"

static int64_t processor_ns(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return used.tv_sec * 1000000000ll + used.tv_nsec;
}

int main(void)
{
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_mvm mvm = mvm_of(context.tile, 4, 4, buffer, buffer);
    int64_t duration[2];
    pin(0);
    for (int poll = 0; poll <= 1; poll++) {
        struct aimc_wait wait = {.ctx = context.ctx, .flags = poll ? AIMC_WAIT_POLL : 0, .timeout_ns = FOREVER};
        int64_t begin = now_ns();
        wait.fence = (uint64_t)submit(context, &mvm, 1);
        CHECK_EQUAL(call(fd, AIMC_IOCTL_WAIT, &wait), 0);
        duration[poll] = now_ns() - begin;
        CHECK_EQUAL(wait.status, 0);

        wait.fence = keep_busy(context);
        begin = now_ns();
        int64_t used = processor_ns();
        wait.timeout_ns = begin + MS;
        CHECK_EQUAL(call(fd, AIMC_IOCTL_WAIT, &wait), -ETIME);
        CHECK(now_ns() >= wait.timeout_ns);
        wait.timeout_ns = FOREVER;
        CHECK_EQUAL(call(fd, AIMC_IOCTL_WAIT, &wait), 0);
        used = processor_ns() - used;
        if (poll)
            CHECK(used > MS);
        else
            CHECK(used < MS / 2);
    }
    CHECK(duration[1] < duration[0]);
    return ok();
}
