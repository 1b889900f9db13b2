/* A poll that waits is woken by a write from another process.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(poll_wakes)
{
    int p[2], q[2];
    MUST(pipe(p));
    MUST(pipe(q));
    pid_t pid = fork();
    if (pid == 0) {
        sleep_ms(10);
        MUST(write(q[1], "x", 1));
        _exit(0);
    }
    struct pollfd set[2] = {{p[0], POLLIN, 0}, {q[0], POLLIN, 0}};
    CALL(poll(set, 2, -1));
    VALUE(set[0].revents);
    VALUE(set[1].revents);
    show_end("child", pid);
    return 0;
}
