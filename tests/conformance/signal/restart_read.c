/* SA_RESTART restarts a read that a handler interrupted; without it the read is EINTR.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static int p[2];
static volatile int count;
static void handler(int number)
{
    (void)number;
    if (++count == 2)
        if (write(p[1], "x", 1) != 1)
            _exit(98);
}
TEST(restart_read)
{
    struct sigaction action = {.sa_handler = handler};
    struct itimerval timer = {{0, 20000}, {0, 20000}}, off = {{0, 0}, {0, 0}};
    char c;
    MUST(pipe(p));
    sigaction(SIGALRM, &action, NULL);
    MUST(setitimer(ITIMER_REAL, &timer, NULL));
    CALL(read(p[0], &c, 1));
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, NULL);
    CALL(read(p[0], &c, 1));
    MUST(setitimer(ITIMER_REAL, &off, NULL));
    FACT(count >= 2);
    return 0;
}
