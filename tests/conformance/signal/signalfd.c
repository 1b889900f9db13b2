/* A signalfd reads pending signals with who sent them.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/signalfd.h>

TEST(signalfd)
{
    sigset_t set;
    struct signalfd_siginfo info[2];
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    CALL(read(fd, info, sizeof info));
    sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 5});
    raise(SIGUSR1);
    struct pollfd p = {fd, POLLIN, 0};
    CALL(poll(&p, 1, 0));
    CALL(read(fd, info, 10));
    CALL(read(fd, info, sizeof info) / sizeof *info);
    FACT(info[0].ssi_signo == SIGUSR1 && info[0].ssi_pid == (unsigned)getpid());
    FACT(info[1].ssi_signo == (unsigned)SIGRTMIN);
    VALUE(info[1].ssi_int);
    CALL(poll(&p, 1, 0));
    return 0;
}
