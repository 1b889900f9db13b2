/* All buffers of a client together have at most buffer_limit bytes: ENOSPC. Closing one makes room again. */
#include "check.h"

int main(void)
{
    int fd = open_device(), other = open_device();
    uint64_t limit = device_info(fd).buffer_limit;
    struct aimc_bo_create half, rest, more;
    CHECK_EQUAL(try_buffer(fd, limit / 2, &half), 0);
    CHECK_EQUAL(try_buffer(fd, limit / 2, &rest), 0);
    CHECK(half.handle != rest.handle);
    CHECK_EQUAL(try_buffer(fd, 1, &more), -ENOSPC);
    CHECK_EQUAL(try_buffer(other, 1, &more), 0);
    CHECK_EQUAL(close_buffer(fd, half.handle), 0);
    CHECK_EQUAL(try_buffer(fd, limit / 2 + 1, &more), -ENOSPC);
    CHECK_EQUAL(try_buffer(fd, limit / 2, &more), 0);
    CHECK_EQUAL(try_buffer(fd, 1, &more), -ENOSPC);
    return ok();
}
