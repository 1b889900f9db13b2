/* lseek from each origin, beyond the end, and what it refuses.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(seek)
{
    write_file("f", "0123456789");
    int fd = open("f", O_RDWR), p[2];
    CALL(lseek(fd, 3, SEEK_SET));
    CALL(lseek(fd, 2, SEEK_CUR));
    CALL(lseek(fd, -1, SEEK_END));
    CALL(lseek(fd, -100, SEEK_CUR));
    CALL(lseek(fd, 0, 99));
    CALL(lseek(fd, 1000, SEEK_SET));
    char c;
    CALL(read(fd, &c, 1));
    CALL(write(fd, "x", 1));
    CALL(lseek(fd, 0, SEEK_END));
    CALL(pread(fd, &c, 1, 500));
    VALUE(c);
    MUST(pipe(p));
    CALL(lseek(p[0], 0, SEEK_SET));
    CALL(pread(p[0], &c, 1, 0));
    CALL(lseek(99, 0, SEEK_SET));
    return 0;
}
