/* A full pipe is EAGAIN without blocking; writes of up to PIPE_BUF are all or nothing.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(pipe_nonblocking)
{
    static char b[65536];
    int p[2];
    MUST(pipe2(p, O_NONBLOCK));
    CALL(read(p[0], b, 1));
    CALL(write(p[1], b, 65536));
    CALL(write(p[1], b, 1));
    CALL(read(p[0], b, 4095));
    CALL(write(p[1], b, 4096));
    CALL(read(p[0], b, 1));
    CALL(write(p[1], b, 4096));
    return 0;
}
