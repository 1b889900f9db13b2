/* BO_WAIT ends when no job uses the buffer; ETIME at the time given, at once if that has passed. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer input = new_buffer(fd, PAGE), output = new_buffer(fd, PAGE), unused = new_buffer(fd, PAGE);
    struct aimc_bo_wait wait = {.handle = output.handle};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_BO_WAIT, &wait), 0);

    uint64_t first = keep_busy(context);
    input.bytes[0] = 7;
    struct aimc_mvm mvm = mvm_of(context.tile, 4, 4, input, output);
    CHECK_EQUAL(submit(context, &mvm, 1), first + 1);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_BO_WAIT, &wait), -ETIME);
    wait.handle = input.handle;
    CHECK_EQUAL(call(fd, AIMC_IOCTL_BO_WAIT, &wait), -ETIME);
    wait.timeout_ns = -1;
    CHECK_EQUAL(call(fd, AIMC_IOCTL_BO_WAIT, &wait), -ETIME);
    wait.timeout_ns = now_ns() + MS / 2;
    CHECK_EQUAL(call(fd, AIMC_IOCTL_BO_WAIT, &wait), -ETIME);
    CHECK(now_ns() >= wait.timeout_ns);
    wait.handle = unused.handle;
    CHECK_EQUAL(call(fd, AIMC_IOCTL_BO_WAIT, &wait), 0);

    wait.handle = output.handle;
    wait.timeout_ns = FOREVER;
    CHECK_EQUAL(call(fd, AIMC_IOCTL_BO_WAIT, &wait), 0);
    CHECK_EQUAL(output.bytes[3], 7);
    wait.timeout_ns = 0;
    CHECK_EQUAL(call(fd, AIMC_IOCTL_BO_WAIT, &wait), 0);
    return ok();
}
