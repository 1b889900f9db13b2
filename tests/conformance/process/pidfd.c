/* A pidfd becomes readable when the process ends, can be waited for and signalled.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(pidfd)
{
    pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    FACT(fd >= 0);
    struct pollfd p = {fd, POLLIN, 0};
    CALL(poll(&p, 1, 0));
    CALL(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0));
    CALL(poll(&p, 1, -1));
    siginfo_t info;
    memset(&info, 0, sizeof info);
    CALL(waitid(3 /* P_PIDFD */, fd, &info, WEXITED));
    FACT(info.si_pid == pid);
    VALUE(info.si_status);
    CALL(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
    CALL(syscall(SYS_pidfd_open, 1 << 22, 0));
    CALL(syscall(SYS_pidfd_open, 0, 0));
    VALUE(fcntl(fd, F_GETFD));
    return 0;
}
