/* The range of priorities of each policy.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(priority_range)
{
    int policies[] = {SCHED_OTHER, SCHED_FIFO, SCHED_RR, SCHED_BATCH, SCHED_IDLE, 77};
    for (int i = 0; i < 6; i++) {
        CALL(sched_get_priority_min(policies[i]));
        CALL(sched_get_priority_max(policies[i]));
    }
    return 0;
}
