// Signals read from a file.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <time.h>

#define CHECK(expression) printf("%s = %ld errno %d\n", #expression, (errno = 0, (long)(expression)), errno)

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN);
    sigaddset(&set, SIGALRM);
    sigaddset(&set, SIGKILL);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    struct signalfd_siginfo info[4];
    printf("size %zu\n", sizeof info[0]);
    CHECK(read(fd, info, sizeof info));
    CHECK(read(fd, info, 127));
    struct pollfd poll_fd = {fd, POLLIN, 0};
    CHECK(poll(&poll_fd, 1, 0));
    union sigval value = {.sival_int = -5};
    sigqueue(getpid(), SIGRTMIN, value);
    value.sival_int = 6;
    sigqueue(getpid(), SIGRTMIN, value);
    kill(getpid(), SIGUSR1);
    CHECK(poll(&poll_fd, 1, 0));
    int epoll = epoll_create1(0);
    struct epoll_event event = {EPOLLIN, {.u32 = 5}}, got;
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    CHECK(epoll_wait(epoll, &got, 1, 0));
    long n = read(fd, info, sizeof info);
    printf("%ld\n", n);
    for (unsigned i = 0; i < n / sizeof info[0]; i++)
        printf("signal %d code %d pid %d int %d ptr %llx\n", info[i].ssi_signo, info[i].ssi_code,
               info[i].ssi_pid == (unsigned)getpid(), info[i].ssi_int, (unsigned long long)info[i].ssi_ptr);
    CHECK(poll(&poll_fd, 1, 0));
    // A blocking read waits for a timer's signal.
    int waiting = signalfd(-1, &set, 0);
    timer_t timer;
    struct sigevent how = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM, .sigev_value.sival_int = 8};
    timer_create(CLOCK_MONOTONIC, &how, &timer);
    struct itimerspec soon = {{0, 0}, {0, 2000000}};
    timer_settime(timer, 0, &soon, NULL);
    n = read(waiting, info, sizeof info);
    printf("%ld: signal %d code %d int %d\n", n, info[0].ssi_signo, info[0].ssi_code, info[0].ssi_int);
    timer_settime(timer, 0, &soon, NULL);
    CHECK(epoll_wait(epoll, &got, 1, -1));
    printf("event %u\n", got.data.u32);
    sigemptyset(&set);
    CHECK(signalfd(fd, &set, 0) == fd);
    CHECK(poll(&poll_fd, 1, 0));
    CHECK(signalfd(1, &set, 0));
    CHECK(signalfd(77, &set, 0));
    CHECK(signalfd(-1, &set, 3));
    return 0;
}
