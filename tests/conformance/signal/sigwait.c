/* sigwaitinfo and sigtimedwait take pending signals without a handler.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(sigwait)
{
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 99});
    raise(SIGUSR1);
    FACT(sigwaitinfo(&set, &info) == SIGUSR1);
    FACT(sigwaitinfo(&set, &info) == SIGRTMIN);
    FACT(info.si_code == SI_QUEUE);
    VALUE(info.si_value.sival_int);
    CALL(sigtimedwait(&set, &info, &(struct timespec){0, 1000000}));
    CALL(sigtimedwait(&set, &info, &(struct timespec){0, -1}));
    return 0;
}
