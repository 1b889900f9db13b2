/* A signalfd reads the signals of whoever reads it: after a fork, the child's own.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/signalfd.h>

static int fd;

static const char *next(void)
{
    struct signalfd_siginfo info;
    ssize_t n = read(fd, &info, sizeof info);
    return n < 0 ? errno_name(errno) : signal_name(info.ssi_signo);
}

static void show(const char *who, int ready)
{
    printf("%s: readable %d, %s\n", who, ready, next());
}

static int readable(int ms)
{
    struct pollfd one = {fd, POLLIN, 0};
    return poll(&one, 1, ms);
}

TEST(signalfd_fork)
{
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    sigaddset(&mask, SIGUSR2);
    MUST(sigprocmask(SIG_BLOCK, &mask, NULL));
    fd = signalfd(-1, &mask, SFD_NONBLOCK);
    setvbuf(stdout, NULL, _IONBF, 0);
    MUST(raise(SIGUSR1));
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        show("in the child", readable(0));
        MUST(raise(SIGUSR2));
        show("in the child", readable(0));
        /* A wait, ended by a signal from the parent. */
        MUST(kill(parent, SIGUSR2));
        printf("in the child: readable %d\n", readable(5000));
        printf("in the child: %s\n", next());
        _exit(0);
    }
    while (readable(1000) && strcmp(next(), "SIGUSR2") != 0)
        ;
    sleep_ms(20);
    MUST(kill(pid, SIGUSR1));
    show_end("child", pid);
    show("in the parent", readable(0));
    /* And a read that waits, with the other process getting signals meanwhile. */
    fd = signalfd(-1, &mask, 0);
    pid = fork();
    if (pid == 0) {
        printf("in the child: %s\n", next());
        _exit(0);
    }
    sleep_ms(20);
    MUST(raise(SIGUSR1));
    sleep_ms(20);
    MUST(kill(pid, SIGUSR2));
    show_end("child", pid);
    printf("in the parent: %s\n", next());
    return 0;
}
