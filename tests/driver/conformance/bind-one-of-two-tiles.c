/* Of a context with two tiles one can be bound while jobs use the other, but not while jobs are under way. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    struct context context = new_wide_context(fd, 2), other = context;
    struct buffer buffer = new_buffer(fd, PAGE);
    other.tile = 1;
    pin(0);
    uint64_t fence = keep_busy(other);
    CHECK_EQUAL(bind_tile(context, 0, 0), -EBUSY);
    CHECK_EQUAL(status_of(other, fence), 0);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    CHECK(instructions_work());
    struct aimc_mvm mvms[2] = {mvm_of(1, 4, 4, buffer, buffer), mvm_of(0, 4, 4, buffer, buffer)};
    CHECK_EQUAL(submit(context, mvms, 2), -EBUSY);
    buffer.bytes[0] = 5;
    CHECK_EQUAL(submit(context, mvms, 1), fence + 1);
    CHECK_EQUAL(status_of(context, fence + 1), 0);
    CHECK_EQUAL(buffer.bytes[3], 5);
    CHECK(instructions_work());
    return ok();
}
