/* sigsuspend waits with another mask and restores the old one.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static volatile int count;
static void handler(int number) { (void)number; count++; }
TEST(sigsuspend)
{
    sigset_t blocked, none, now;
    signal(SIGUSR1, handler);
    sigemptyset(&none);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        kill(parent, SIGUSR1);
        _exit(0);
    }
    CALL(sigsuspend(&none));
    VALUE(count);
    sigprocmask(0, NULL, &now);
    FACT(sigismember(&now, SIGUSR1));
    show_end("child", pid);
    return 0;
}
