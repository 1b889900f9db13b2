/* A node that a program makes with the device's numbers is the device too. */
#include "check.h"
#include <sys/sysmacros.h>

int main(void)
{
    CHECK_EQUAL(mknod("/tmp/tiles", S_IFCHR | 0600, makedev(AIMC_ACCEL_MAJOR, 0)), 0);
    int fd = open("/tmp/tiles", O_RDWR);
    CHECK(fd >= 0);
    CHECK_EQUAL(device_info(fd).tiles, 2);
    struct context context = new_context(fd, 0);
    CHECK_EQUAL(try_context(open_device(), 1, 0, 1, NULL), -EBUSY);
    CHECK_EQUAL(status_of(context, keep_busy(context)), 0);
    CHECK_EQUAL(mknod("/tmp/other", S_IFCHR | 0600, makedev(AIMC_ACCEL_MAJOR, 1)), 0);
    CHECK_EQUAL(open("/tmp/other", O_RDWR), -1);
    CHECK_EQUAL(errno, ENXIO);
    return ok();
}
