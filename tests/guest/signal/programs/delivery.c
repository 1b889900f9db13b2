// Which signals are delivered, when, in which order, and with which values.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void show(int number, siginfo_t *info, void *context) {
    sigset_t now;
    (void)context;
    sigprocmask(SIG_BLOCK, NULL, &now);
    printf("handler %d code %d value %d from self %d blocked %d\n", number, info->si_code,
           info->si_code == SI_QUEUE ? info->si_value.sival_int : -1, info->si_pid == getpid(), sigismember(&now, number));
}

static void install(int number, int flags, int masked) {
    struct sigaction action = {0};
    action.sa_sigaction = show;
    action.sa_flags = flags | SA_SIGINFO;
    sigemptyset(&action.sa_mask);
    if (masked)
        sigaddset(&action.sa_mask, masked);
    sigaction(number, &action, NULL);
}

static void print_set(const char *name, sigset_t *set) {
    printf("%s:", name);
    for (int i = 1; i < 64; i++)
        if (sigismember(set, i) == 1)
            printf(" %d", i);
    printf("\n");
}

#define CHECK(expression) printf("%s = %ld errno %d\n", #expression, (errno = 0, (long)(expression)), errno)

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    sigset_t set, old, pending;
    install(SIGUSR1, 0, 0);
    install(SIGUSR2, SA_NODEFER, 0);
    install(SIGHUP, SA_RESETHAND, SIGTERM);
    for (int i = SIGRTMIN; i < SIGRTMIN + 3; i++)
        install(i, 0, 0);
    raise(SIGUSR1);
    raise(SIGUSR2);
    kill(getpid(), SIGUSR1);
    raise(SIGHUP);
    struct sigaction action;
    sigaction(SIGHUP, NULL, &action);
    printf("reset to default: %d, term in mask %d\n", action.sa_handler == SIG_DFL, sigismember(&action.sa_mask, SIGTERM));

    sigfillset(&set);
    sigprocmask(SIG_SETMASK, &set, &old);
    sigprocmask(SIG_SETMASK, NULL, &set);
    printf("kill %d stop %d blocked\n", sigismember(&set, SIGKILL), sigismember(&set, SIGSTOP));
    union sigval value;
    for (int i = 0; i < 6; i++) {
        value.sival_int = 100 + i;
        sigqueue(getpid(), SIGRTMIN + (5 - i) % 3, value);
    }
    raise(SIGUSR2);
    raise(SIGUSR1);
    raise(SIGUSR1);
    value.sival_int = 5;
    sigqueue(getpid(), SIGUSR1, value);
    sigpending(&pending);
    print_set("pending", &pending);
    sigprocmask(SIG_SETMASK, &old, NULL);
    sigpending(&pending);
    print_set("pending", &pending);

    // Ignored signals are dropped, also those that are pending already.
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    raise(SIGCHLD);
    signal(SIGUSR1, SIG_IGN);
    sigpending(&pending);
    print_set("pending", &pending);
    raise(SIGUSR1);
    install(SIGUSR1, 0, 0);
    sigpending(&pending);
    print_set("pending", &pending);

    // sigwaitinfo and its relatives.
    siginfo_t info;
    struct timespec none = {0, 0}, little = {0, 1000000}, bad = {0, -1};
    CHECK(sigtimedwait(&set, &info, &none));
    printf("%d %d\n", info.si_signo, info.si_code);
    CHECK(sigtimedwait(&set, &info, &none));
    CHECK(sigtimedwait(&set, &info, &little));
    CHECK(sigtimedwait(&set, &info, &bad));
    sigset_t empty;
    sigemptyset(&empty);

    // sigsuspend: the handler runs with the temporary mask, afterwards the old one is back.
    raise(SIGUSR1);
    CHECK(sigsuspend(&empty));
    sigprocmask(SIG_BLOCK, NULL, &set);
    printf("usr1 blocked again: %d\n", sigismember(&set, SIGUSR1));

    CHECK(kill(getpid(), 0));
    CHECK(kill(getpid(), 65));
    CHECK(kill(getpid(), -1));
    CHECK(kill(99999999, SIGTERM));
    CHECK(syscall(SYS_tgkill, getpid(), getpid(), 0));
    CHECK(syscall(SYS_tgkill, getpid(), 99999999, SIGTERM));
    CHECK(syscall(SYS_tgkill, -1, getpid(), SIGTERM));
    CHECK(syscall(SYS_tkill, 0, SIGTERM));
    CHECK(sigaction(SIGKILL, &action, NULL));
    CHECK(sigaction(SIGSTOP, NULL, &action));
    CHECK(sigaction(65, NULL, &action));
    CHECK(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4));
    CHECK(syscall(SYS_rt_sigprocmask, 7, &set, NULL, 8));
    CHECK(syscall(SYS_rt_sigprocmask, 7, NULL, NULL, 8));
    CHECK(syscall(SYS_rt_sigpending, &set, 16));
    CHECK(syscall(SYS_rt_sigsuspend, &set, 4));
    memset(&info, 0, sizeof info);
    info.si_code = SI_QUEUE;
    info.si_value.sival_int = 77;
    sigemptyset(&set);
    sigprocmask(SIG_SETMASK, &set, NULL);
    CHECK(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &info));
    CHECK(syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGUSR1, &info));
    info.si_code = SI_USER;
    CHECK(syscall(SYS_rt_sigqueueinfo, getppid(), 0, &info));
    return 0;
}
