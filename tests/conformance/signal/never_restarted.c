/* poll, nanosleep, pause and sigsuspend are EINTR even with SA_RESTART.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static void handler(int number) { (void)number; }
TEST(never_restarted)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    struct itimerval timer = {{0, 20000}, {0, 20000}};
    struct timespec left, hour = {3600, 0};
    sigset_t none;
    sigemptyset(&none);
    sigaction(SIGALRM, &action, NULL);
    MUST(setitimer(ITIMER_REAL, &timer, NULL));
    CALL(poll(NULL, 0, -1));
    CALL(nanosleep(&hour, &left));
    FACT(left.tv_sec >= 3590);
    CALL(pause());
    CALL(sigsuspend(&none));
    return 0;
}
