/* Clocks: which exist, that they go forward, and their resolution.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(clocks)
{
    struct timespec a, b;
    clockid_t ids[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID,
                       CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME};
    for (int i = 0; i < 8; i++) {
        CALL(clock_gettime(ids[i], &a));
        CALL(clock_gettime(ids[i], &b));
        FACT(b.tv_sec > a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec >= a.tv_nsec));
        CALL(clock_getres(ids[i], &a));
    }
    CALL(clock_gettime(99, &a));
    CALL(clock_getres(CLOCK_MONOTONIC, NULL));
    return 0;
}
