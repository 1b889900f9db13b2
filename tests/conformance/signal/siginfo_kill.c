/* siginfo tells who sent a signal and how.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static volatile int code, uid;
static volatile pid_t from;
static void handler(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    code = info->si_code;
    from = info->si_pid;
    uid = (int)info->si_uid;
}
TEST(siginfo_kill)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &action, NULL);
    kill(getpid(), SIGUSR1);
    FACT(code == SI_USER);
    FACT(from == getpid());
    FACT(uid == (int)getuid());
    raise(SIGUSR1);
    FACT(code == SI_TKILL);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        kill(parent, SIGUSR1);
        _exit(0);
    }
    show_end("child", pid);
    FACT(from == pid);
    return 0;
}
