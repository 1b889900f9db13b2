/* getcpu names a CPU of the affinity mask.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(getcpu)
{
    unsigned cpu = 9999, node = 9999;
    CALL(syscall(SYS_getcpu, &cpu, &node, NULL));
    cpu_set_t set;
    MUST(sched_getaffinity(0, sizeof set, &set));
    FACT(CPU_ISSET(cpu, &set));
    VALUE(node);
    CALL(syscall(SYS_getcpu, NULL, NULL, NULL));
    return 0;
}
