/* /dev/aimc0 is the same device as /dev/accel/accel0: clients of both share the tiles. */
#include "check.h"
#include <sys/sysmacros.h>

int main(void)
{
    struct stat first, second;
    CHECK_EQUAL(stat(DEVICE, &first), 0);
    CHECK_EQUAL(stat("/dev/aimc0", &second), 0);
    CHECK(S_ISCHR(first.st_mode) && S_ISCHR(second.st_mode));
    CHECK_EQUAL(first.st_mode & 0777, 0666);
    CHECK_EQUAL(major(first.st_rdev), AIMC_ACCEL_MAJOR);
    CHECK_EQUAL(minor(first.st_rdev), 0);
    CHECK_EQUAL(second.st_rdev, first.st_rdev);

    int alias = open("/dev/aimc0", O_RDWR), fd = open_device();
    CHECK(alias >= 0);
    struct context all = new_wide_context(alias, device_info(alias).tiles);
    CHECK_EQUAL(try_context(fd, 1, 0, 0, NULL), -EBUSY);
    CHECK_EQUAL(tile_info(fd, 0).contexts, 1);
    struct buffer buffer = new_buffer(alias, PAGE);
    buffer.bytes[0] = 1;
    CHECK_EQUAL(destroy_context(all), 0);
    CHECK_EQUAL(try_context(fd, 1, 0, 0, NULL), 0);
    return ok();
}
