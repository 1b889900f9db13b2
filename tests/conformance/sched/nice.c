/* Niceness is kept within -20 and 19, inherited, and told with an offset by the raw call.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(nice)
{
    errno = 0;
    VALUE(getpriority(PRIO_PROCESS, 0));
    CALL(setpriority(PRIO_PROCESS, 0, 5));
    VALUE(getpriority(PRIO_PROCESS, 0));
    VALUE(syscall(SYS_getpriority, PRIO_PROCESS, 0));
    CALL(setpriority(PRIO_PROCESS, 0, 100));
    VALUE(getpriority(PRIO_PROCESS, 0));
    pid_t pid = fork();
    if (pid == 0)
        _exit(getpriority(PRIO_PROCESS, 0));
    show_end("child", pid);
    CALL(setpriority(9, 0, 0));
    CALL(setpriority(PRIO_PROCESS, 1 << 22, 0));
    return 0;
}
