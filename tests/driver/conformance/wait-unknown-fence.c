/* A fence that was never given out is ENOENT; one that was can be asked for as long as its context lives. */
#include "check.h"

int main(void)
{
    struct aimc_wait wait;
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_mvm mvm = mvm_of(context.tile, 4, 4, buffer, buffer);
    CHECK_EQUAL(wait_until(context, 0, FOREVER, &wait), -ENOENT);
    CHECK_EQUAL(wait_until(context, 1, FOREVER, &wait), -ENOENT);
    for (int64_t i = 1; i <= 300; i++) {
        CHECK_EQUAL(submit(context, &mvm, 1), i);
        CHECK_EQUAL(wait_until(context, (uint64_t)i + 1, FOREVER, &wait), -ENOENT);
        CHECK_EQUAL(status_of(context, (uint64_t)i), 0);
    }
    CHECK_EQUAL(status_of(context, 1), 0);
    CHECK_EQUAL(wait_until(context, UINT64_MAX, FOREVER, &wait), -ENOENT);
    CHECK_EQUAL(wait_until(context, 0, FOREVER, &wait), -ENOENT);
    return ok();
}
