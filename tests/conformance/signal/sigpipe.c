/* Writing to a pipe without a reader is SIGPIPE, or EPIPE if that is ignored.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(sigpipe)
{
    int p[2];
    MUST(pipe(p));
    close(p[0]);
    pid_t pid = fork();
    if (pid == 0) {
        CALL(write(p[1], "x", 1));
        _exit(0);
    }
    show_end("child", pid);
    signal(SIGPIPE, SIG_IGN);
    CALL(write(p[1], "x", 1));
    return 0;
}
