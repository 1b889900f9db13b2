/* A fault whose signal is blocked or ignored kills all the same.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(blocked_fault)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGSEGV);
    for (int i = 0; i < 2; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            if (i)
                sigprocmask(SIG_BLOCK, &set, NULL);
            else
                signal(SIGSEGV, SIG_IGN);
            *(volatile char *)8 = 1;
            _exit(0);
        }
        show_end("child", pid);
    }
    return 0;
}
