// Interval timers and timers of timer_create.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int count, last_code, last_value, last_overrun;

static void on_signal(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)context;
    count++;
    last_code = info->si_code;
    last_value = info->si_code == SI_TIMER ? info->si_value.sival_int : -1;
    last_overrun = info->si_code == SI_TIMER ? info->si_overrun : -1;
}

static void install(int number) {
    struct sigaction action = {0};
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO;
    sigaction(number, &action, NULL);
}

#define CHECK(expression) printf("%s = %ld errno %d\n", #expression, (errno = 0, (long)(expression)), errno)

static long create(clockid_t clock, int notify, int number, int value, int *id) {
    struct {
        long value;
        int signo, notify, tid;
        int pad[11];
    } event = {value, number, notify, (int)syscall(SYS_gettid)};
    errno = 0;
    return syscall(SYS_timer_create, clock, &event, id);
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    install(SIGALRM);
    install(SIGVTALRM);
    install(SIGPROF);
    install(SIGRTMIN);
    install(SIGUSR1);
    sigset_t empty, all, old;
    sigemptyset(&empty);
    sigfillset(&all);

    struct itimerval setting = {{0, 5000}, {0, 5000}}, now, off = {{0, 0}, {0, 0}};
    sigprocmask(SIG_BLOCK, &all, &old);
    CHECK(setitimer(ITIMER_REAL, &setting, NULL));
    while (count < 3)
        sigsuspend(&empty);
    printf("three alarms, code %#x\n", last_code);
    // What is left is asked of a long timer: on a busy host a short one may just be due.
    struct itimerval lasting = {{0, 5000}, {1000, 0}};
    CHECK(setitimer(ITIMER_REAL, &lasting, NULL));
    CHECK(setitimer(ITIMER_REAL, &off, &now));
    printf("interval %ld left %d\n", (long)now.it_interval.tv_usec, now.it_value.tv_sec == 999 || now.it_value.tv_sec == 1000);
    CHECK(getitimer(ITIMER_REAL, &now));
    printf("left %ld\n", (long)now.it_value.tv_usec);
    sigprocmask(SIG_SETMASK, &old, NULL);

    count = 0;
    setitimer(ITIMER_VIRTUAL, &setting, NULL);
    while (count < 2)
        ;
    printf("virtual, code %#x\n", last_code);
    setitimer(ITIMER_VIRTUAL, &off, NULL);
    count = 0;
    setitimer(ITIMER_PROF, &setting, NULL);
    struct timespec nap = {0, 30000000};
    nanosleep(&nap, NULL);
    printf("profile after sleep: %d\n", count);
    while (count < 2)
        getppid();
    printf("profile, code %#x\n", last_code);
    setitimer(ITIMER_PROF, &off, NULL);
    CHECK(setitimer(3, &off, NULL));
    setting.it_value.tv_usec = 1000000;
    CHECK(setitimer(ITIMER_REAL, &setting, NULL));

    int id = -1, second = -1, third = -1;
    count = 0;
    CHECK(create(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGRTMIN, 33, &id));
    struct itimerspec timer = {{0, 2000000}, {0, 4000000}}, left;
    sigprocmask(SIG_BLOCK, &all, &old);
    CHECK(syscall(SYS_timer_settime, id, 0, &timer, NULL));
    while (count < 2)
        sigsuspend(&empty);
    printf("code %d value %d\n", last_code, last_value);
    nap.tv_nsec = 21000000;
    nanosleep(&nap, NULL);
    sigset_t pending;
    sigpending(&pending);
    printf("pending %d\n", sigismember(&pending, SIGRTMIN));
    sigsuspend(&empty);
    printf("count %d overruns %s, same %d\n", count, last_overrun >= 8 ? "many" : "few", last_overrun == syscall(SYS_timer_getoverrun, id));
    CHECK(syscall(SYS_timer_gettime, id, &left));
    printf("interval %ld left %d\n", left.it_interval.tv_nsec, left.it_value.tv_nsec > 0 && left.it_value.tv_nsec <= 2000000);
    timer.it_value.tv_nsec = 0;
    CHECK(syscall(SYS_timer_settime, id, 0, &timer, &left));
    CHECK(syscall(SYS_timer_gettime, id, &left));
    printf("interval %ld left %ld\n", left.it_interval.tv_nsec, left.it_value.tv_nsec);
    sigprocmask(SIG_SETMASK, &old, NULL);

    count = 0;
    CHECK(create(CLOCK_REALTIME, 4, SIGUSR1, 9, &second));
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_nsec += 3000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    struct itimerspec absolute = {{0, 0}, at};
    CHECK(syscall(SYS_timer_settime, second, TIMER_ABSTIME, &absolute, NULL));
    while (!count)
        ;
    printf("once: value %d\n", last_value);
    CHECK(syscall(SYS_timer_gettime, second, &left));
    printf("left %ld\n", left.it_value.tv_nsec);
    CHECK(create(CLOCK_MONOTONIC, SIGEV_NONE, 0, 0, &third));
    timer.it_value.tv_nsec = 0;
    timer.it_value.tv_sec = 100;
    CHECK(syscall(SYS_timer_settime, third, 0, &timer, NULL));
    CHECK(syscall(SYS_timer_gettime, third, &left));
    printf("left %d\n", left.it_value.tv_sec == 99 || left.it_value.tv_sec == 100);
    CHECK(syscall(SYS_timer_delete, third));
    CHECK(syscall(SYS_timer_delete, third));
    CHECK(syscall(SYS_timer_gettime, third, &left));
    CHECK(create(CLOCK_MONOTONIC, SIGEV_SIGNAL, 70, 0, &third));
    CHECK(create(CLOCK_MONOTONIC, 17, SIGUSR1, 0, &third));
    CHECK(create(77, SIGEV_SIGNAL, SIGUSR1, 0, &third));
    timer.it_value.tv_nsec = -1;
    CHECK(syscall(SYS_timer_settime, id, 0, &timer, NULL));
    count = 0;
    CHECK(create(CLOCK_PROCESS_CPUTIME_ID, SIGEV_SIGNAL, SIGUSR1, 12, &third));
    timer = (struct itimerspec){{0, 3000000}, {0, 5000000}};
    CHECK(syscall(SYS_timer_settime, third, 0, &timer, NULL));
    while (count < 2)
        ;
    printf("processor time: code %d value %d\n", last_code, last_value);
    return 0;
}
