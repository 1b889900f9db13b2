// Which thread gets a signal.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile int seen_by[2];
static __thread int who;
static volatile int tids[2];
static sem_t ready, done;
static int pipe_fds[2];

static void handler(int number) {
    (void)number;
    seen_by[who]++;
}

static void *sleeper(void *unused) {
    who = 1;
    tids[1] = syscall(SYS_gettid);
    sem_post(&ready);
    char byte;
    long got = read(pipe_fds[0], &byte, 1);
    printf("read %ld errno %d by signal\n", got, got < 0 ? errno : 0);
    sem_post(&ready);
    got = read(pipe_fds[0], &byte, 1);
    printf("restarted read %ld\n", got);
    sem_post(&done);
    return unused;
}

static void *waiter(void *unused) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sem_post(&ready);
    siginfo_t info;
    int got = sigwaitinfo(&set, &info);
    printf("sigwaitinfo %d code %d\n", got, info.si_code);
    return unused;
}

static void install(int flags) {
    struct sigaction action = {0};
    action.sa_handler = handler;
    action.sa_flags = flags;
    sigaction(SIGUSR1, &action, NULL);
}

static void pause_ms(int ms) {
    struct timespec nap = {0, ms * 1000000};
    nanosleep(&nap, NULL);
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    sem_init(&ready, 0, 0);
    sem_init(&done, 0, 0);
    pipe(pipe_fds);
    install(0);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    pthread_t thread;
    pthread_create(&thread, NULL, sleeper, NULL);
    sem_wait(&ready);
    pause_ms(20);
    syscall(SYS_tgkill, getpid(), tids[1], SIGUSR1);
    sem_wait(&ready);
    printf("main %d other %d\n", seen_by[0], seen_by[1]);
    install(SA_RESTART);
    pause_ms(20);
    kill(getpid(), SIGUSR1);
    printf("main %d other %d\n", seen_by[0], seen_by[1]);
    sigset_t mine;
    sigemptyset(&mine);
    sigaddset(&mine, SIGUSR1);
    sigprocmask(SIG_BLOCK, &mine, NULL);
    kill(getpid(), SIGUSR1);
    pause_ms(20);
    printf("main %d other %d\n", seen_by[0], seen_by[1]);
    write(pipe_fds[1], "x", 1);
    sem_wait(&done);
    pthread_join(thread, NULL);
    pthread_create(&thread, NULL, waiter, NULL);
    sem_wait(&ready);
    pause_ms(20);
    kill(getpid(), SIGUSR2);
    pthread_join(thread, NULL);
    return 0;
}
