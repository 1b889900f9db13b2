/* A repeating interval timer keeps coming; its remaining time can be asked for.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static volatile int count;
static void handler(int number) { (void)number; count++; }
TEST(itimer_repeats)
{
    struct itimerval timer = {{0, 5000}, {0, 5000}}, now;
    signal(SIGALRM, handler);
    CALL(setitimer(ITIMER_REAL, &timer, NULL));
    while (count < 5)
        pause();
    CALL(getitimer(ITIMER_REAL, &now));
    FACT(now.it_interval.tv_usec == 5000);
    FACT(now.it_value.tv_sec == 0 && now.it_value.tv_usec <= 5000);
    timer = (struct itimerval){{0, 0}, {0, 0}};
    CALL(setitimer(ITIMER_REAL, &timer, &now));
    FACT(now.it_interval.tv_usec == 5000);
    CALL(getitimer(ITIMER_REAL, &now));
    FACT(now.it_value.tv_sec == 0 && now.it_value.tv_usec == 0);
    CALL(setitimer(9, &timer, NULL));
    timer.it_value.tv_usec = 1000000;
    CALL(setitimer(ITIMER_REAL, &timer, NULL));
    return 0;
}
