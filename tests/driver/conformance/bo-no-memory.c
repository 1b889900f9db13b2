/* A buffer for which the machine has no memory is ENOMEM, and then the client has what it had.
 * Needs a small memory. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    struct aimc_bo_create create;
    uint64_t limit = device_info(fd).buffer_limit;
    CHECK_EQUAL(try_buffer(fd, limit, &create), -ENOMEM);
    CHECK_EQUAL(create.handle, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    buffer.bytes[0] = 1;
    return ok();
}
