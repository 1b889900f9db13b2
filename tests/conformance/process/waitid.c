/* waitid tells who and how, and with WNOWAIT leaves the child to be waited for again.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(waitid)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    pid_t pid = fork();
    if (pid == 0)
        _exit(42);
    CALL(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
    FACT(info.si_pid == pid);
    FACT(info.si_signo == SIGCHLD);
    FACT(info.si_code == CLD_EXITED);
    VALUE(info.si_status);
    CALL(waitid(P_ALL, 0, &info, WEXITED));
    CALL(waitid(P_ALL, 0, &info, WEXITED));
    pid = fork();
    if (pid == 0) {
        raise(SIGKILL);
        _exit(0);
    }
    CALL(waitid(P_PID, pid, &info, WEXITED));
    FACT(info.si_code == CLD_KILLED);
    VALUE(info.si_status);
    return 0;
}
