/* The device is used by ioctl and mmap; it cannot be read or written. */
#include "check.h"

int main(void)
{
    char byte = 0;
    int fd = open_device();
    CHECK_EQUAL(read(fd, &byte, 1), -1);
    CHECK_EQUAL(errno, EINVAL);
    CHECK_EQUAL(write(fd, &byte, 1), -1);
    CHECK_EQUAL(errno, EINVAL);
    CHECK_EQUAL(pread(fd, &byte, 1, 0), -1);
    CHECK(errno == EINVAL || errno == ESPIPE);
    CHECK_EQUAL(device_info(fd).tiles, 2);
    return ok();
}
