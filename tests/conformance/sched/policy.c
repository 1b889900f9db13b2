/* The policy and priority of a process: what is accepted and what is told.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(policy)
{
    struct sched_param param = {0};
    CALL(syscall(SYS_sched_getscheduler, 0));
    CALL(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &param));
    CALL(syscall(SYS_sched_setscheduler, 0, SCHED_BATCH, &param));
    CALL(syscall(SYS_sched_getscheduler, 0));
    param.sched_priority = 5;
    CALL(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &param));
    param.sched_priority = 0;
    CALL(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &param));
    param.sched_priority = 100;
    CALL(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &param));
    CALL(syscall(SYS_sched_setscheduler, 0, 99, &param));
    CALL(syscall(SYS_sched_setscheduler, -1, SCHED_OTHER, &param));
    CALL(syscall(SYS_sched_getparam, 0, &param));
    VALUE(param.sched_priority);
    CALL(syscall(SYS_sched_getscheduler, 1 << 22));
    return 0;
}
