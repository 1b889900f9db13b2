/* BO_CREATE refuses size 0 and unknown flags (EINVAL), and more than a client may have (ENOSPC). */
#include "check.h"

int main(void)
{
    int fd = open_device();
    struct aimc_bo_create create;
    CHECK_EQUAL(try_buffer(fd, 0, &create), -EINVAL);
    create = (struct aimc_bo_create){.size = PAGE, .flags = 1};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_BO_CREATE, &create), -EINVAL);
    CHECK_EQUAL(create.size, PAGE);
    CHECK_EQUAL(create.handle, 0);
    CHECK_EQUAL(try_buffer(fd, device_info(fd).buffer_limit + 1, &create), -ENOSPC);
    CHECK_EQUAL(try_buffer(fd, UINT64_MAX, &create), -ENOSPC);
    CHECK_EQUAL(try_buffer(fd, UINT64_MAX - PAGE + 1, &create), -ENOSPC);
    CHECK_EQUAL(try_buffer(fd, 1ull << 63, &create), -ENOSPC);
    return ok();
}
