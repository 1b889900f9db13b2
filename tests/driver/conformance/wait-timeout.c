/* WAIT ends with ETIME at the time given and not before; the fence can be waited for again. */
#include "check.h"

int main(void)
{
    struct aimc_wait wait;
    struct context context = new_context(open_device(), 0);
    uint64_t fence = keep_busy(context);
    int64_t until = now_ns() + MS;
    CHECK_EQUAL(wait_until(context, fence, until, &wait), -ETIME);
    int64_t late_ns = now_ns() - until;
    CHECK(late_ns >= 0);
    CHECK(late_ns < MS);
    CHECK_EQUAL(wait_until(context, fence, now_ns() + 1000 * MS, &wait), 0);
    CHECK_EQUAL(wait.status, 0);
    CHECK(now_ns() < until + 900 * MS);
    return ok();
}
