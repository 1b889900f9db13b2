/* A pipe's size can be asked for and changed, rounded up to a power of two of pages.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(pipe_size)
{
    int p[2], count = 0;
    char b[100] = {0};
    MUST(pipe(p));
    VALUE(fcntl(p[0], F_GETPIPE_SZ));
    CALL(fcntl(p[0], F_SETPIPE_SZ, 5000));
    CALL(fcntl(p[0], F_SETPIPE_SZ, 1));
    CALL(write(p[1], b, 100));
    CALL(syscall(SYS_ioctl, p[0], 0x541B /* FIONREAD */, &count));
    VALUE(count);
    return 0;
}
