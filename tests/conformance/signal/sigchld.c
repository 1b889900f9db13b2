/* SIGCHLD tells which child, how and with what status; SA_NOCLDSTOP leaves out stops.
 * Expected output: Linux on x86-64, as qemu-aarch64 sends SIGCHLD for a continued child in spite of SA_NOCLDSTOP. */
#include "conformance.h"

static volatile int count, code, status;
static volatile pid_t from;
static void handler(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    count++;
    code = info->si_code;
    status = info->si_status;
    from = info->si_pid;
}
TEST(sigchld)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigset_t set, none;
    sigemptyset(&none);
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigaction(SIGCHLD, &action, NULL);
    pid_t pid = fork();
    if (pid == 0) {
        raise(SIGSTOP);
        _exit(44);
    }
    sigsuspend(&none);
    FACT(code == CLD_STOPPED && from == pid && status == SIGSTOP);
    action.sa_flags |= SA_NOCLDSTOP;
    sigaction(SIGCHLD, &action, NULL);
    kill(pid, SIGCONT);
    sigsuspend(&none);
    FACT(code == CLD_EXITED && from == pid);
    VALUE(status);
    show_end("child", pid);
    pid = fork();
    if (pid == 0) {
        raise(SIGTERM);
        _exit(0);
    }
    sigsuspend(&none);
    FACT(code == CLD_KILLED && status == SIGTERM);
    show_end("child", pid);
    VALUE(count);
    return 0;
}
