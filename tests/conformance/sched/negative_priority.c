/* A priority below 0 is refused by every call that takes one. */
#include "conformance.h"

TEST(negative_priority)
{
    struct sched_param param = {.sched_priority = -1};
    CALL(syscall(SYS_sched_setparam, 0, &param));
    CALL(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &param));
    CALL(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &param));
    param.sched_priority = 7;
    CALL(syscall(SYS_sched_getparam, 0, &param));
    VALUE(param.sched_priority);
    return 0;
}
