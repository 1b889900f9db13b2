/* Fences count a context's jobs from 1; one is reached when its own and all earlier jobs are done, on whatever tile. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    struct context context = new_wide_context(fd, 2), second = context;
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_wait wait;
    second.tile = 1;
    uint64_t slow = keep_busy(context);
    CHECK_EQUAL(slow, 1);
    struct aimc_mvm mvm = mvm_of(1, 4, 4, buffer, buffer);
    for (int i = 0; i < 3; i++)
        CHECK_EQUAL(submit(context, &mvm, 1), 2 + i);
    struct aimc_bo_wait idle = {.handle = buffer.handle, .timeout_ns = FOREVER};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_BO_WAIT, &idle), 0);
    uint64_t last = 0;
    for (uint64_t fence = 1; fence <= 4; fence++) {
        CHECK_EQUAL(wait_until(context, fence, FOREVER, &wait), 0);
        CHECK_EQUAL(wait.status, 0);
        last = fence;
    }
    CHECK_EQUAL(context_info(fd, context.ctx).last_fence, last);

    slow = keep_busy(second);
    int64_t quick = submit(context, &(struct aimc_mvm){.tile = 0, .rows = 4, .columns = 4, .input = buffer.handle,
                                                       .output = buffer.handle}, 1);
    CHECK_EQUAL(quick, slow + 1);
    sleep_ns(MS / 10);
    CHECK_EQUAL(wait_until(context, slow, 0, &wait), -ETIME);
    CHECK_EQUAL(wait_until(context, (uint64_t)quick, 0, &wait), -ETIME);
    CHECK_EQUAL(wait_until(context, (uint64_t)quick, FOREVER, &wait), 0);
    CHECK_EQUAL(wait_until(context, slow, 0, &wait), 0);
    return ok();
}
