/* Status flags that can be changed and those that cannot.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(fcntl_flags)
{
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    VALUE(fcntl(fd, F_GETFL) & O_ACCMODE);
    CALL(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK | O_RDONLY));
    FACT(fcntl(fd, F_GETFL) & O_APPEND);
    FACT(fcntl(fd, F_GETFL) & O_NONBLOCK);
    VALUE(fcntl(fd, F_GETFL) & O_ACCMODE);
    CALL(fcntl(fd, F_SETFD, FD_CLOEXEC));
    CALL(fcntl(fd, F_GETFD));
    CALL(fcntl(99, F_GETFD));
    return 0;
}
