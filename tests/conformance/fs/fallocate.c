/* fallocate lengthens, keeps the size if told to, and punches holes.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(fallocate)
{
    struct stat st;
    static char b[8192];
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    CALL(fallocate(fd, 0, 0, 5000));
    fstat(fd, &st);
    VALUE(st.st_size);
    CALL(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 100000));
    fstat(fd, &st);
    VALUE(st.st_size);
    memset(b, 'x', sizeof b);
    CALL(pwrite(fd, b, 8192, 0));
    CALL(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 4096));
    CALL(pread(fd, b, 8192, 0));
    VALUE(b[4095]);
    VALUE(b[4096]);
    CALL(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 10));
    CALL(fallocate(fd, 0, -1, 10));
    CALL(fallocate(fd, 0, 0, 0));
    return 0;
}
