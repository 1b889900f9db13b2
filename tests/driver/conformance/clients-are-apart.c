/* Each open is a client of its own: it has its own limits, buffers and numbers. */
#include "check.h"

int main(void)
{
    int first = open_device(), second = open_device();
    uint64_t limit = device_info(first).buffer_limit;
    struct aimc_bo_create one, two;
    CHECK_EQUAL(try_buffer(first, limit - PAGE, &one), 0);
    CHECK_EQUAL(try_buffer(second, limit - PAGE, &two), 0);
    struct buffer mine = new_buffer(first, PAGE), yours = new_buffer(second, PAGE);
    mine.bytes[0] = 1;
    yours.bytes[0] = 2;
    CHECK_EQUAL(mine.bytes[0], 1);
    CHECK_EQUAL(close(first), 0);
    CHECK_EQUAL(yours.bytes[0], 2);
    CHECK_EQUAL(mine.bytes[0], 1);
    CHECK_EQUAL(close_buffer(second, yours.handle), 0);
    return ok();
}
