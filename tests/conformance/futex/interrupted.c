/* A wait without a timeout is interrupted by a handler, and restarted with SA_RESTART.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <linux/futex.h>

static int word;
static volatile int count;
static void handler(int number)
{
    (void)number;
    if (++count == 3)
        word = 1;
}
TEST(interrupted)
{
    struct sigaction action = {.sa_handler = handler};
    struct itimerval timer = {{0, 20000}, {0, 20000}};
    sigaction(SIGALRM, &action, NULL);
    MUST(setitimer(ITIMER_REAL, &timer, NULL));
    CALL(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0));
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, NULL);
    CALL(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0));
    VALUE(count);
    return 0;
}
