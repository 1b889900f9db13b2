/* A tile cannot be bound while jobs of its context are under way. */
#include "check.h"

int main(void)
{
    pin(0);
    struct context context = new_context(open_device(), 0);
    uint64_t fence = keep_busy(context);
    CHECK_EQUAL(bind_tile(context, 0, 0), -EBUSY);
    CHECK(!instructions_work());
    CHECK_EQUAL(status_of(context, fence), 0);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    CHECK(instructions_work());
    return ok();
}
