/* clock_nanosleep until a time, in the past too, and on clocks that cannot be slept on.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(clock_nanosleep)
{
    struct timespec until;
    TEXT(errno_name(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &(struct timespec){0, 0}, NULL)));
    long long before = now_ms();
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += 20000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    CALL(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
    FACT(now_ms() - before >= 20);
    TEXT(errno_name(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &until, NULL)));
    TEXT(errno_name(clock_nanosleep(77, 0, &until, NULL)));
    return 0;
}
