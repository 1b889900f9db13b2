/* RESET cancels all jobs, those under way too, of all clients; what was reached before stays as it was. */
#include "check.h"

int main(void)
{
    int fd = open_device(), other = open_device();
    struct context first = new_context(fd, 0), second = new_wide_context(other, 1);
    struct buffer input = new_buffer(fd, PAGE), output = new_buffer(fd, PAGE);
    struct aimc_mvm mvm = mvm_of(first.tile, 4, 4, input, output);
    CHECK_EQUAL(status_of(first, (uint64_t)submit(first, &mvm, 1)), 0);
    memset(input.bytes, 1, 4);
    memset(output.bytes, 99, 4);
    uint64_t running = keep_busy(first), elsewhere = keep_busy(second);
    struct aimc_submit waiting = {
        .ctx = first.ctx, .count = 1, .mvms = (uintptr_t)&mvm, .flags = AIMC_SUBMIT_FENCE_FD};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_SUBMIT, &waiting), 0);
    struct aimc_reset reset = {0};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_RESET, &reset), 0);

    struct aimc_wait wait;
    CHECK_EQUAL(wait_until(first, running, 0, &wait), 0);
    CHECK_EQUAL(wait.status, -ECANCELED);
    CHECK_EQUAL(wait_until(first, waiting.fence, 0, &wait), 0);
    CHECK_EQUAL(wait.status, -ECANCELED);
    CHECK_EQUAL(wait_until(second, elsewhere, 0, &wait), 0);
    CHECK_EQUAL(wait.status, -ECANCELED);
    CHECK_EQUAL(status_of(first, 1), 0);
    CHECK(readable(waiting.fence_fd));
    sleep_ns(20 * MS);
    CHECK_EQUAL(output.bytes[0], 99);
    struct aimc_context_info info = context_info(fd, first.ctx);
    CHECK_EQUAL(info.submitted, 3);
    CHECK_EQUAL(info.completed, 3);
    CHECK_EQUAL(info.failed, 2);
    CHECK_EQUAL(status_of(first, keep_busy(first)), 0);
    return ok();
}
