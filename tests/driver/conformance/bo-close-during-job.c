/* Jobs keep the memory of a buffer whose handle is closed: they read and write it nevertheless. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer input = new_buffer(fd, PAGE), output = new_buffer(fd, PAGE);
    keep_busy(context);
    memset(input.bytes, 2, 16);
    struct aimc_mvm mvm = mvm_of(context.tile, 16, 8, input, output);
    int64_t fence = submit(context, &mvm, 1);
    CHECK(fence > 0);
    CHECK_EQUAL(close_buffer(fd, input.handle), 0);
    CHECK_EQUAL(close_buffer(fd, output.handle), 0);
    CHECK_EQUAL(submit(context, &mvm, 1), -ENOENT);
    struct buffer other = new_buffer(fd, PAGE);
    memset(other.bytes, 50, PAGE);
    CHECK_EQUAL(status_of(context, (uint64_t)fence), 0);
    for (int j = 0; j < 8; j++)
        CHECK_EQUAL(output.bytes[j], 32);
    CHECK_EQUAL(other.bytes[0], 50);
    return ok();
}
