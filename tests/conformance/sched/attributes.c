/* sched_setattr and sched_getattr carry policy, niceness and priority.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};
TEST(attributes)
{
    struct attributes a = {.size = 48, .policy = SCHED_OTHER, .nice = 3}, b;
    memset(&b, 0, sizeof b);
    CALL(syscall(SYS_sched_setattr, 0, &a, 0));
    CALL(syscall(SYS_sched_getattr, 0, &b, sizeof b, 0));
    VALUE(b.policy);
    VALUE(b.nice);
    VALUE(b.priority);
    CALL(syscall(SYS_sched_setattr, 0, &a, 1));
    a.policy = 99;
    CALL(syscall(SYS_sched_setattr, 0, &a, 0));
    CALL(syscall(SYS_sched_getattr, 0, &b, 4, 0));
    return 0;
}
