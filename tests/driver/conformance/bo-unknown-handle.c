/* A handle that the client does not have is ENOENT: never given out, closed, or another client's. */
#include "check.h"

static void expect_unknown(int fd, uint32_t handle)
{
    struct aimc_bo_mmap map = {.handle = handle};
    struct aimc_bo_wait wait = {.handle = handle};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_BO_MMAP, &map), -ENOENT);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_BO_WAIT, &wait), -ENOENT);
    CHECK_EQUAL(close_buffer(fd, handle), -ENOENT);
}

int main(void)
{
    int mine = open_device(), other = open_device();
    expect_unknown(mine, 0);
    expect_unknown(mine, 1);
    expect_unknown(mine, UINT32_MAX);
    struct buffer buffer = new_buffer(mine, PAGE);
    expect_unknown(other, buffer.handle);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, other, (off_t)buffer.offset) == MAP_FAILED);
    CHECK_EQUAL(errno, EINVAL);
    CHECK_EQUAL(close_buffer(mine, buffer.handle), 0);
    expect_unknown(mine, buffer.handle);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, mine, (off_t)buffer.offset) == MAP_FAILED);
    CHECK_EQUAL(errno, EINVAL);
    return ok();
}
