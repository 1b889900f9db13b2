/* A pipe: order, end of file, and what it refuses.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(pipe_basics)
{
    int p[2];
    char b[16] = {0};
    CALL(pipe(p));
    CALL(write(p[1], "abc", 3));
    CALL(write(p[1], "def", 3));
    CALL(read(p[0], b, 4));
    CALL(read(p[0], b + 4, 12));
    TEXT(b);
    CALL(write(p[0], "x", 1));
    CALL(read(p[1], b, 1));
    close(p[1]);
    CALL(read(p[0], b, 1));
    CALL(syscall(SYS_pipe2, p, 1));
    return 0;
}
