/* A time that has passed only asks whether the fence is reached. */
#include "check.h"

int main(void)
{
    struct aimc_wait wait;
    struct context context = new_context(open_device(), 0);
    uint64_t fence = keep_busy(context);
    const int64_t past[] = {INT64_MIN, -1, 0, 1};
    for (size_t i = 0; i < 4; i++)
        CHECK_EQUAL(wait_until(context, fence, past[i], &wait), -ETIME);
    CHECK_EQUAL(wait_until(context, fence, now_ns(), &wait), -ETIME);
    CHECK_EQUAL(status_of(context, fence), 0);
    for (size_t i = 0; i < 4; i++)
        CHECK_EQUAL(wait_until(context, fence, past[i], &wait), 0);
    return ok();
}
