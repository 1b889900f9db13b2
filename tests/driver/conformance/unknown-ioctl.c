/* Commands that the driver does not have are ENOTTY, whatever their argument. */
#include "check.h"
#include <sys/ioctl.h>

int main(void)
{
    int fd = open_device();
    char room[256] = {0};
    for (unsigned number = 0; number < 256; number++)
        if (number < AIMC_ACCEL_BASE || number > AIMC_ACCEL_BASE + 18) {
            CHECK_EQUAL(call(fd, _IOC(_IOC_READ | _IOC_WRITE, AIMC_ACCEL_TYPE, number, 8), room), -ENOTTY);
            CHECK_EQUAL(call(fd, _IOC(_IOC_READ | _IOC_WRITE, AIMC_ACCEL_TYPE, number, 24), NULL), -ENOTTY);
        }
    CHECK_EQUAL(call(fd, _IOWR('e', AIMC_ACCEL_BASE, struct aimc_query), room), -ENOTTY);
    CHECK_EQUAL(call(fd, TCGETS, room), -ENOTTY);
    CHECK_EQUAL(call(fd, TIOCGWINSZ, room), -ENOTTY);
    CHECK_EQUAL(call(fd, 0, room), -ENOTTY);
    return ok();
}
