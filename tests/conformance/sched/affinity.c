/* The affinity mask is kept, inherited and checked.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(affinity)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CALL(sched_getaffinity(0, sizeof set, &set) < 0);
    FACT(CPU_COUNT(&set) >= 1);
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    CALL(sched_setaffinity(0, sizeof set, &set));
    VALUE(sched_getcpu());
    pid_t pid = fork();
    if (pid == 0) {
        CPU_ZERO(&set);
        MUST(sched_getaffinity(0, sizeof set, &set));
        _exit(CPU_COUNT(&set) * 10 + CPU_ISSET(0, &set));
    }
    show_end("child", pid);
    CPU_ZERO(&set);
    CALL(sched_setaffinity(0, sizeof set, &set));
    CPU_SET(1000, &set);
    CALL(sched_setaffinity(0, sizeof set, &set));
    CALL(syscall(SYS_sched_getaffinity, 0, 4, &set));
    CALL(sched_getaffinity(1 << 22, sizeof set, &set));
    /* Negative numbers are nobody's here, but refused by calls on policies. */
    CALL(sched_getaffinity(-1, sizeof set, &set));
    CALL(sched_setaffinity(-1, sizeof set, &set));
    CALL(syscall(SYS_sched_getscheduler, -1));
    return 0;
}
