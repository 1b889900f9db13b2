/* While its signal is blocked a timer counts overruns instead of queueing.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(timer_overrun)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    struct itimerspec t = {{0, 10000000}, {0, 10000000}};
    timer_t timer;
    sigset_t set;
    siginfo_t info;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    MUST(timer_create(CLOCK_MONOTONIC, &event, &timer));
    MUST(timer_settime(timer, 0, &t, NULL));
    sleep_ms(105);
    FACT(sigwaitinfo(&set, &info) == SIGUSR1);
    FACT(info.si_overrun >= 8);
    FACT(timer_getoverrun(timer) == info.si_overrun);
    memset(&t, 0, sizeof t);
    MUST(timer_settime(timer, 0, &t, NULL));
    CALL(sigtimedwait(&set, &info, &(struct timespec){0, 0}) > 0 ? 0 : -1);
    return 0;
}
