/* With SIGCHLD ignored children leave no zombies.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(sigchld_ignored)
{
    signal(SIGCHLD, SIG_IGN);
    pid_t pid = fork();
    if (pid == 0)
        _exit(1);
    CALL(waitpid(pid, NULL, 0));
    signal(SIGCHLD, SIG_DFL);
    pid = fork();
    if (pid == 0)
        _exit(1);
    show_end("child", pid);
    return 0;
}
