// epoll of all kinds, eventfd, timerfd, poll and select with signal masks: prints facts that do not depend on speed.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static int control(int epoll, int operation, int fd, uint32_t events) {
    static int label = 1000; // Not the descriptor: a caller may have left some open.
    struct epoll_event event = {.events = events, .data.u64 = label++};
    return epoll_ctl(epoll, operation, fd, &event) ? -errno : 0;
}

static void show(const char *what, int epoll, int timeout) {
    struct epoll_event events[4];
    int n = epoll_wait(epoll, events, 4, timeout);
    printf("%s: %d", what, n < 0 ? -errno : n);
    for (int i = 0; i < n; i++)
        printf(" %#x:%d", events[i].events, (int)events[i].data.u64);
    puts("");
}

static void triggers(void) {
    int ends[2], epoll = epoll_create1(EPOLL_CLOEXEC);
    char buffer[10];
    pipe2(ends, O_NONBLOCK);
    printf("add %d again %d", control(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN),
           control(epoll, EPOLL_CTL_ADD, ends[0], EPOLLIN));
    printf(" mod %d del %d\n", control(epoll, EPOLL_CTL_MOD, ends[1], EPOLLOUT),
           control(epoll, EPOLL_CTL_DEL, ends[1], 0));
    show("nothing", epoll, 0);
    write(ends[1], "abc", 3);
    show("level", epoll, -1);
    show("level again", epoll, 0);
    control(epoll, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLET);
    show("edge", epoll, 0);
    show("edge again", epoll, 0);
    write(ends[1], "d", 1);
    show("edge after data", epoll, 0);
    control(epoll, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLONESHOT);
    show("one shot", epoll, 0);
    write(ends[1], "e", 1);
    show("one shot again", epoll, 0);
    control(epoll, EPOLL_CTL_MOD, ends[0], EPOLLIN | EPOLLONESHOT);
    show("one shot armed", epoll, 0);
    control(epoll, EPOLL_CTL_MOD, ends[0], EPOLLIN);
    control(epoll, EPOLL_CTL_ADD, ends[1], EPOLLOUT | EPOLLET);
    show("both", epoll, 0);
    read(ends[0], buffer, 10);
    show("drained", epoll, 0);
    close(ends[1]);
    show("hang-up", epoll, 0);
    close(ends[0]);
    show("closed", epoll, 0);
    close(epoll);
}

static void limits(void) {
    int epoll = epoll_create1(0), other = epoll_create1(0), chain[7];
    struct epoll_event event;
    int file = open("regular", O_RDWR | O_CREAT, 0600), event_fd = eventfd(0, 0);
    printf("regular %d self %d bad %d not epoll %d\n", control(epoll, EPOLL_CTL_ADD, file, EPOLLIN),
           control(epoll, EPOLL_CTL_ADD, epoll, EPOLLIN), control(epoll, EPOLL_CTL_ADD, 99, EPOLLIN),
           control(event_fd, EPOLL_CTL_ADD, epoll, EPOLLIN));
    printf("exclusive %d", control(epoll, EPOLL_CTL_ADD, event_fd, EPOLLIN | EPOLLEXCLUSIVE));
    printf(" mod %d", control(epoll, EPOLL_CTL_MOD, event_fd, EPOLLIN));
    printf(" nested %d", control(epoll, EPOLL_CTL_ADD, other, EPOLLIN | EPOLLEXCLUSIVE));
    printf(" one shot %d\n", control(other, EPOLL_CTL_ADD, event_fd, EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT));
    printf("nest %d", control(epoll, EPOLL_CTL_ADD, other, EPOLLIN));
    printf(" loop %d\n", control(other, EPOLL_CTL_ADD, epoll, EPOLLIN));
    printf("wait 0 %d", epoll_wait(epoll, &event, 0, 0));
    printf(" %d not epoll %d", errno, epoll_wait(event_fd, &event, 1, 0));
    printf(" %d\n", errno);
    for (int i = 0; i < 7; i++)
        chain[i] = epoll_create1(0);
    // From the top down to the fifth; the sixth would be too deep on any kernel that looks both ways.
    for (int i = 5; i > 0; i--)
        printf("chain %d ", i == 1 ? 0 : control(chain[i - 1], EPOLL_CTL_ADD, chain[i], EPOLLIN));
    puts("");
    unlink("regular");
}

static void nested(void) {
    int outer = epoll_create1(0), inner = epoll_create1(0), fd = eventfd(0, EFD_NONBLOCK);
    uint64_t value = 1;
    control(inner, EPOLL_CTL_ADD, fd, EPOLLIN);
    control(outer, EPOLL_CTL_ADD, inner, EPOLLIN);
    show("outer empty", outer, 0);
    write(fd, &value, 8);
    show("outer", outer, -1);
    show("inner", inner, 0);
    struct pollfd item = {outer, POLLIN, 0};
    printf("poll %d %#x\n", poll(&item, 1, 0), item.revents);
    read(fd, &value, 8);
    show("outer read", outer, 0);
    printf("read of an epoll %zd %d\n", read(outer, &value, 8), errno);
}

static int shared_epoll, shared_fd, done_fd;

static void *worker(void *unused) {
    struct epoll_event event;
    uint64_t value;
    long count = 0;
    for (;;) {
        if (epoll_wait(shared_epoll, &event, 1, -1) != 1)
            return (void *)-1L;
        if (read(shared_fd, &value, 8) != 8)
            continue;
        if (value == 1 && ++count) {
            value = 1;
            write(done_fd, &value, 8);
            continue;
        }
        return (void *)count;
    }
}

static void workers(void) {
    pthread_t threads[3];
    uint64_t value;
    long total = 0;
    shared_epoll = epoll_create1(0);
    shared_fd = eventfd(0, EFD_NONBLOCK);
    done_fd = eventfd(0, EFD_SEMAPHORE);
    control(shared_epoll, EPOLL_CTL_ADD, shared_fd, EPOLLIN);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, worker, NULL);
    for (int i = 0; i < 50; i++) {
        value = 1;
        write(shared_fd, &value, 8);
        read(done_fd, &value, 8);
    }
    for (int i = 0; i < 3; i++) {
        void *count;
        struct pollfd item = {shared_fd, POLLIN, 0};
        while (poll(&item, 1, 0))
            usleep(100);
        value = 2;
        write(shared_fd, &value, 8);
        while (poll(&item, 1, 0))
            usleep(100);
    }
    for (int i = 0; i < 3; i++) {
        void *count;
        pthread_join(threads[i], &count);
        total += (long)count;
    }
    printf("workers did %ld\n", total);
}

static void eventfds(void) {
    uint64_t value = 5;
    int fd = eventfd(2, EFD_NONBLOCK);
    printf("eventfd %zd", write(fd, &value, 8));
    read(fd, &value, 8);
    printf(" %llu %zd", (unsigned long long)value, read(fd, &value, 8));
    value = UINT64_MAX - 1;
    printf(" %zd", write(fd, &value, 8));
    value = 1;
    printf(" %zd", write(fd, &value, 8));
    printf(" %d", errno);
    value = UINT64_MAX;
    printf(" %zd", write(fd, &value, 8));
    printf(" %d\n", errno);
    close(fd);
    fd = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
    for (int i = 0; i < 3; i++)
        printf("semaphore %zd ", read(fd, &value, 8));
    printf("%llu %d\n", (unsigned long long)value, errno);
    close(fd);
}

static void timers(void) {
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec spec = {{0, 0}, {0, 5000000}}, now;
    uint64_t count = 0;
    struct timespec start, end;
    printf("timerfd read early %zd", read(fd, &count, 8));
    printf(" %d", errno);
    timerfd_settime(fd, 0, &spec, NULL);
    timerfd_gettime(fd, &now);
    printf(" armed %d", now.it_value.tv_nsec > 0 && now.it_value.tv_nsec <= 5000000);
    struct pollfd item = {fd, POLLIN, 0};
    printf(" poll %d", poll(&item, 1, -1));
    printf(" read %zd %llu\n", read(fd, &count, 8), (unsigned long long)count);
    spec.it_interval.tv_nsec = 2000000;
    spec.it_value.tv_nsec = 2000000;
    timerfd_settime(fd, 0, &spec, NULL);
    struct timespec nap = {0, 50000000};
    nanosleep(&nap, NULL);
    read(fd, &count, 8);
    printf("periodic %d", count >= 24);
    timerfd_gettime(fd, &now);
    printf(" interval %ld left %d", now.it_interval.tv_nsec, now.it_value.tv_nsec <= 2000000);
    memset(&spec, 0, sizeof spec);
    struct itimerspec old;
    timerfd_settime(fd, 0, &spec, &old);
    printf(" old %ld", old.it_interval.tv_nsec);
    timerfd_gettime(fd, &now);
    printf(" disarmed %ld %ld\n", now.it_value.tv_sec, now.it_value.tv_nsec);
    close(fd);
    fd = timerfd_create(CLOCK_REALTIME, 0);
    clock_gettime(CLOCK_REALTIME, &spec.it_value);
    spec.it_value.tv_sec -= 1;
    timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &spec, NULL);
    printf("past %zd %llu\n", read(fd, &count, 8), (unsigned long long)count);
    clock_gettime(CLOCK_REALTIME, &start);
    spec.it_value = start;
    spec.it_value.tv_sec += 1;
    timerfd_settime(fd, TFD_TIMER_ABSTIME, &spec, NULL);
    int epoll = epoll_create1(0);
    control(epoll, EPOLL_CTL_ADD, fd, EPOLLIN);
    show("not yet", epoll, 10);
    read(fd, &count, 8);
    clock_gettime(CLOCK_REALTIME, &end);
    printf("a second later %d\n", end.tv_sec - start.tv_sec >= 1);
    printf("bad clock %d", timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0));
    printf(" %d", errno);
    spec.it_value.tv_nsec = 1000000000;
    printf(" bad time %d", timerfd_settime(fd, 0, &spec, NULL));
    printf(" %d\n", errno);
}

static volatile sig_atomic_t handled;

static void handler(int number) { handled += number; }

static void masks(void) {
    struct sigaction action = {.sa_handler = handler};
    sigset_t blocked, none, now;
    struct timespec timeout = {0, 20000000}, at_once = {0, 0};
    struct epoll_event event;
    int epoll = epoll_create1(0), ends[2];
    pipe(ends);
    sigaction(SIGUSR1, &action, NULL);
    sigemptyset(&none);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    raise(SIGUSR1);
    printf("blocked %d", handled);
    printf(" ppoll %d", ppoll(NULL, 0, &timeout, &none));
    printf(" %d handled %d", errno, handled);
    sigprocmask(SIG_BLOCK, NULL, &now);
    printf(" still blocked %d\n", sigismember(&now, SIGUSR1));
    handled = 0;
    raise(SIGUSR1);
    printf("pselect %d", pselect(0, NULL, NULL, NULL, &timeout, &none));
    printf(" %d handled %d", errno, handled);
    handled = 0;
    raise(SIGUSR1);
    printf(" epoll_pwait %d", epoll_pwait(epoll, &event, 1, -1, &none));
    printf(" %d handled %d\n", errno, handled);
    handled = 0;
    raise(SIGUSR1);
    struct pollfd item = {ends[1], POLLOUT, 0};
    printf("ready first %d", ppoll(&item, 1, &timeout, &none));
    printf(" under own mask %d", ppoll(NULL, 0, &at_once, &blocked));
    sigprocmask(SIG_BLOCK, NULL, &now);
    printf(" blocked %d\n", sigismember(&now, SIGUSR1));
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    printf("handled %d\n", handled != 0);
}

static void selects(void) {
    int ends[2];
    fd_set inputs, outputs;
    struct timeval none = {0, 0}, some = {0, 3000};
    pipe(ends);
    FD_ZERO(&inputs);
    FD_ZERO(&outputs);
    FD_SET(ends[0], &inputs);
    FD_SET(ends[1], &outputs);
    printf("select %d", select(ends[1] + 1, &inputs, &outputs, NULL, &none));
    printf(" %d %d", FD_ISSET(ends[0], &inputs), FD_ISSET(ends[1], &outputs));
    FD_SET(ends[0], &inputs);
    printf(" timeout %d %d", select(ends[1] + 1, &inputs, NULL, NULL, &some), FD_ISSET(ends[0], &inputs));
    FD_ZERO(&inputs);
    FD_SET(60, &inputs);
    printf(" bad %d", select(61, &inputs, NULL, NULL, &none));
    printf(" %d\n", errno);
    struct pollfd items[] = {{ends[0], POLLIN, 0}, {-1, POLLIN, 7}, {55, POLLIN, 0}, {ends[1], POLLOUT, 0}};
    printf("poll %d", poll(items, 4, 1000));
    printf(" %#x %#x %#x %#x\n", items[0].revents, items[1].revents, items[2].revents, items[3].revents);
    printf("poll nothing %d\n", poll(items, 1, 3));
}

static void pidfds(void) {
#ifdef SYS_pidfd_open
    int fd = syscall(SYS_pidfd_open, getpid(), 0), event = eventfd(7, 0);
    struct pollfd item = {fd, POLLIN, 0};
    uint64_t value = 0;
    printf("pidfd %d poll %d", fd >= 0, poll(&item, 1, 0));
    int copy = syscall(SYS_pidfd_getfd, fd, event, 0);
    printf(" copy %zd %llu", read(copy, &value, 8), (unsigned long long)value);
    printf(" bad %ld", syscall(SYS_pidfd_open, -1, 0));
    printf(" %d", errno);
    printf(" %ld", syscall(SYS_pidfd_getfd, fd, 77, 0));
    printf(" %d\n", errno);
#endif
}

int main(void) {
    triggers();
    limits();
    nested();
    workers();
    eventfds();
    timers();
    selects();
    pidfds();
    masks();
    return 0;
}
