/* readv, writev, preadv and pwritev.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(vectors)
{
    char a[4] = {0}, b[8] = {0};
    struct iovec out[3] = {{"ab", 2}, {"", 0}, {"cdefg", 5}}, in[2] = {{a, 3}, {b, 7}};
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    CALL(writev(fd, out, 3));
    CALL(lseek(fd, 0, SEEK_SET));
    CALL(readv(fd, in, 2));
    TEXT(a);
    TEXT(b);
    CALL(pwritev(fd, out, 1, 100));
    CALL(preadv(fd, in, 2, 99));
    CALL(lseek(fd, 0, SEEK_CUR));
    CALL(writev(fd, out, -1));
    CALL(writev(fd, out, 0));
    CALL(readv(fd, in, 1025));
    in[0].iov_base = (void *)8;
    CALL(preadv(fd, in, 2, 0));
    return 0;
}
