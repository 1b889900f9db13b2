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
    /* An opened /proc/PID will do for a signal, nothing in it and nothing else will. */
    int self = open("/proc/self", O_RDONLY | O_DIRECTORY);
    CALL(syscall(SYS_pidfd_send_signal, self, 0, NULL, 0));
    pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    char name[64];
    snprintf(name, sizeof name, "/proc/%d", pid);
    int directory = open(name, O_RDONLY | O_DIRECTORY);
    CALL(syscall(SYS_pidfd_send_signal, directory, SIGTERM, NULL, 0));
    CALL(waitpid(pid, NULL, 0) == pid ? 0 : -1);
    CALL(syscall(SYS_pidfd_send_signal, directory, 0, NULL, 0));
    CALL(waitid(3 /* P_PIDFD */, self, &info, WEXITED));
    CALL(syscall(SYS_pidfd_send_signal, open("/proc/self/fd", O_RDONLY), 0, NULL, 0));
    CALL(syscall(SYS_pidfd_send_signal, open("/proc/self", O_PATH), 0, NULL, 0));
    CALL(syscall(SYS_pidfd_send_signal, open("/proc/self/stat", O_RDONLY), 0, NULL, 0));
    CALL(syscall(SYS_pidfd_send_signal, open("/proc", O_RDONLY), 0, NULL, 0));
    return 0;
}
