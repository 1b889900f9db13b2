/* Floating-point registers survive a handler that uses them.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static volatile double sink;
static void handler(int number)
{
    double x = number;
    for (int i = 0; i < 100; i++)
        x = x * 1.5 + i;
    sink = x;
}
TEST(floating_registers)
{
    struct itimerval timer = {{0, 1000}, {0, 1000}}, off = {{0, 0}, {0, 0}};
    signal(SIGALRM, handler);
    setitimer(ITIMER_REAL, &timer, NULL);
    double a = 1, b = 2, c = 3, d = 4;
    for (int i = 0; i < 3000000; i++) {
        a += b * 0.5;
        b += c * 0.25;
        c += d * 0.125;
        d = d < 1000 ? d + 1 : 0;
    }
    setitimer(ITIMER_REAL, &off, NULL);
    printf("%.6f %.6f %.6f %.6f\n", a, b, c, d);
    return 0;
}
