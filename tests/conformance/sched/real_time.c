/* Real-time policies need the privilege that root has; children inherit them unless told not to.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(real_time)
{
    if (getuid() != 0) {
        printf("needs root\n");
        return 0;
    }
    struct sched_param param = {10};
    CALL(syscall(SYS_sched_setscheduler, 0, SCHED_RR, &param));
    VALUE(syscall(SYS_sched_getscheduler, 0));
    pid_t pid = fork();
    if (pid == 0)
        _exit((int)syscall(SYS_sched_getscheduler, 0));
    show_end("child", pid);
    CALL(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO | 0x40000000 /* SCHED_RESET_ON_FORK */, &param));
    VALUE(syscall(SYS_sched_getscheduler, 0) & 0xff);
    pid = fork();
    if (pid == 0)
        _exit((int)syscall(SYS_sched_getscheduler, 0));
    show_end("child", pid);
    param.sched_priority = 0;
    CALL(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &param));
    return 0;
}
