/* timer_create with a signal: its value, overruns, time left and deletion.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static volatile int count, code, value;
static void handler(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    count++;
    code = info->si_code;
    value = info->si_value.sival_int;
}
TEST(posix_timer)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN, .sigev_value.sival_int = 77};
    struct itimerspec t = {{0, 5000000}, {0, 5000000}}, now;
    timer_t timer;
    sigaction(SIGRTMIN, &action, NULL);
    CALL(timer_create(CLOCK_MONOTONIC, &event, &timer));
    CALL(timer_settime(timer, 0, &t, NULL));
    while (count < 3)
        pause();
    FACT(code == SI_TIMER);
    VALUE(value);
    CALL(timer_gettime(timer, &now));
    VALUE(now.it_interval.tv_nsec);
    FACT(timer_getoverrun(timer) >= 0);
    memset(&t, 0, sizeof t);
    CALL(timer_settime(timer, 0, &t, &now));
    CALL(timer_delete(timer));
    return 0;
}
