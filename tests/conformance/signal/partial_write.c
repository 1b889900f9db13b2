/* A write that a signal interrupts after a part has been written returns that part.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static void handler(int number) { (void)number; }
TEST(partial_write)
{
    static char block[200000];
    int p[2];
    struct sigaction action = {.sa_handler = handler};
    struct itimerval timer = {{0, 50000}, {0, 50000}};
    MUST(pipe(p));
    sigaction(SIGALRM, &action, NULL);
    MUST(setitimer(ITIMER_REAL, &timer, NULL));
    CALL(write(p[1], block, sizeof block));
    CALL(write(p[1], block, sizeof block));
    return 0;
}
