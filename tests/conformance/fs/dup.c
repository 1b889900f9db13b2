/* dup takes the lowest number; dup2 and dup3 replace; the offset is shared, FD_CLOEXEC is not.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(dup)
{
    write_file("f", "abcdef");
    int fd = open("f", O_RDONLY);
    char c;
    int copy = dup(fd);
    FACT(copy > fd);
    CALL(read(fd, &c, 1));
    CALL(read(copy, &c, 1));
    VALUE(c);
    CALL(dup2(fd, 20));
    CALL(dup2(fd, fd) == fd ? 0 : -1);
    CALL(dup3(20, 20, 0));
    CALL(dup3(fd, 21, O_CLOEXEC));
    CALL(fcntl(21, F_GETFD));
    CALL(fcntl(20, F_GETFD));
    CALL(fcntl(fd, F_DUPFD, 30));
    CALL(fcntl(fd, F_DUPFD_CLOEXEC, 30));
    CALL(dup(99));
    CALL(dup2(99, 20));
    CALL(dup2(fd, -1));
    CALL(dup3(fd, 22, 1));
    return 0;
}
