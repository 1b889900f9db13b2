/* The round-robin interval of the default policy and of RR is a positive time.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(rr_interval)
{
    struct timespec interval = {-1, -1};
    CALL(sched_rr_get_interval(0, &interval));
    FACT(interval.tv_sec == 0 && interval.tv_nsec >= 0);
    CALL(sched_rr_get_interval(-1, &interval));
    CALL(sched_rr_get_interval(1 << 22, &interval));
    return 0;
}
