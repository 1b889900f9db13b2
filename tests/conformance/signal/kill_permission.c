/* Without the privilege only processes of the same user can be signalled.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(kill_permission)
{
    if (getuid() != 0) {
        printf("needs root\n");
        return 0;
    }
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        MUST(setuid(1234));
        CALL(kill(parent, 0));
        CALL(kill(parent, SIGTERM));
        CALL(kill(getpid(), 0));
        _exit(0);
    }
    show_end("child", pid);
    return 0;
}
