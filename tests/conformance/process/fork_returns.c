/* fork returns 0 in the child and the child's pid in the parent.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(fork_returns)
{
    pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        _exit(getppid() == parent ? 7 : 8);
    FACT(pid > 0);
    FACT(pid != parent);
    show_end("child", pid);
    return 0;
}
