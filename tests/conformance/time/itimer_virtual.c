/* ITIMER_VIRTUAL and ITIMER_PROF count the time that the program computes.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static volatile int got;
static void handler(int number) { got |= number == SIGVTALRM ? 1 : 2; }
TEST(itimer_virtual)
{
    struct itimerval t = {{0, 0}, {0, 5000}};
    signal(SIGVTALRM, handler);
    signal(SIGPROF, handler);
    CALL(setitimer(ITIMER_VIRTUAL, &t, NULL));
    CALL(setitimer(ITIMER_PROF, &t, NULL));
    while (got != 3)
        ;
    VALUE(got);
    return 0;
}
