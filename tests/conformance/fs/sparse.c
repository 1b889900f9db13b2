/* A hole reads as zero, and SEEK_DATA and SEEK_HOLE stay inside the file.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(sparse)
{
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    char c = 1;
    CALL(pwrite(fd, "end", 3, 10 << 20));
    CALL(pread(fd, &c, 1, 5 << 20));
    VALUE(c);
    FACT(lseek(fd, 10 << 20, SEEK_DATA) == 10 << 20);
    FACT(lseek(fd, 10 << 20, SEEK_HOLE) == (10 << 20) + 3);
    CALL(lseek(fd, 11 << 20, SEEK_DATA));
    return 0;
}
