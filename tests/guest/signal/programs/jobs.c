// Signals between processes: stops, continues, groups, orphans, core-dump status.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int got;

static void handler(int number) {
    got = number;
}

static void on_child(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)context;
    got = info->si_code;
}

static void pause_ms(int ms) {
    struct timespec nap = {0, ms * 1000000};
    nanosleep(&nap, NULL);
}

static void show(const char *what, pid_t pid, int options) {
    int status = -1;
    pid_t who = waitpid(pid, &status, options);
    printf("%s: %d exited %d/%d killed %d/%d core %d stopped %d/%d continued %d\n", what, who == pid, WIFEXITED(status),
           WIFEXITED(status) ? WEXITSTATUS(status) : 0, WIFSIGNALED(status), WIFSIGNALED(status) ? WTERMSIG(status) : 0,
           WIFSIGNALED(status) && WCOREDUMP(status), WIFSTOPPED(status), WIFSTOPPED(status) ? WSTOPSIG(status) : 0,
           WIFCONTINUED(status));
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    pid_t child;
    int fds[2];
    pipe(fds);

    if (!(child = fork())) {
        for (;;)
            pause();
    }
    kill(child, SIGTERM);
    show("term", child, 0);
    if (!(child = fork())) {
        signal(SIGUSR1, handler);
        write(fds[1], "r", 1);
        while (!got)
            pause_ms(1);
        _exit(got);
    }
    char byte;
    read(fds[0], &byte, 1);
    kill(child, SIGUSR1);
    show("usr1", child, 0);
    if (!(child = fork()))
        abort();
    show("abort", child, 0);
    if (!(child = fork())) {
        *(volatile int *)16 = 1;
        _exit(0);
    }
    show("segv", child, 0);
    if (!(child = fork())) {
        // Blocked or ignored, a fault is fatal all the same.
        sigset_t set;
        sigfillset(&set);
        sigprocmask(SIG_SETMASK, &set, NULL);
        signal(SIGSEGV, handler);
        *(volatile int *)16 = 1;
        _exit(0);
    }
    show("blocked segv", child, 0);
    if (!(child = fork())) {
        signal(SIGSEGV, SIG_IGN);
        *(volatile int *)16 = 1;
        _exit(0);
    }
    show("ignored segv", child, 0);

    // Stop and continue, by signals of all kinds.
    static const int stops[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
    for (int i = 0; i < 4; i++) {
        // The child ends only when its continuing was seen: a parent that waits later would miss it.
        int gate[2];
        char go;
        pipe(gate);
        if (!(child = fork())) {
            setpgid(0, 0);
            raise(stops[i]);
            read(gate[0], &go, 1);
            _exit(30 + i);
        }
        show("stop", child, WUNTRACED);
        kill(child, SIGCONT);
        show("cont", child, WCONTINUED);
        write(gate[1], "x", 1);
        show("exit", child, 0);
    }
    // A stopped process takes no signal but SIGKILL and SIGCONT.
    if (!(child = fork())) {
        for (;;)
            pause();
    }
    kill(child, SIGSTOP);
    show("stop", child, WUNTRACED);
    kill(child, SIGTERM);
    pause_ms(20);
    printf("still there: %d\n", waitpid(child, NULL, WNOHANG));
    kill(child, SIGCONT);
    show("term after cont", child, 0);
    if (!(child = fork())) {
        for (;;)
            pause();
    }
    kill(child, SIGSTOP);
    show("stop", child, WUNTRACED);
    kill(child, SIGKILL);
    show("kill", child, 0);

    // SIGCONT and SIGTSTP cancel each other; a handler for SIGTSTP prevents the stop.
    if (!(child = fork())) {
        sigset_t set, pending;
        sigemptyset(&set);
        sigaddset(&set, SIGTSTP);
        sigaddset(&set, SIGCONT);
        sigprocmask(SIG_BLOCK, &set, NULL);
        raise(SIGTSTP);
        raise(SIGCONT);
        sigpending(&pending);
        int result = sigismember(&pending, SIGTSTP) * 2 + sigismember(&pending, SIGCONT);
        raise(SIGTSTP);
        sigpending(&pending);
        result = result * 4 + sigismember(&pending, SIGTSTP) * 2 + sigismember(&pending, SIGCONT);
        _exit(result);
    }
    show("cancelled", child, 0);
    if (!(child = fork())) {
        signal(SIGTSTP, handler);
        raise(SIGTSTP);
        _exit(got);
    }
    show("handled tstp", child, 0);

    // A group.
    pid_t first, second;
    if (!(first = fork())) {
        setpgid(0, 0);
        for (;;)
            pause();
    }
    setpgid(first, first);
    if (!(second = fork())) {
        for (;;)
            pause();
    }
    setpgid(second, first);
    printf("kill group %d\n", kill(-first, SIGINT));
    show("first", first, 0);
    show("second", second, 0);
    errno = 0;
    printf("kill group %d", kill(-first, SIGINT));
    printf(" errno %d\n", errno);

    // The members of a group whose leader's parent dies are hung up.
    if (!(child = fork())) {
        if (!fork()) {
            pid_t grandchild = getpid();
            setpgid(0, 0);
            signal(SIGHUP, handler);
            write(fds[1], "r", 1);
            kill(grandchild, SIGTSTP);
            pause_ms(5);
            byte = got;
            write(fds[1], &byte, 1);
            _exit(0);
        }
        read(fds[0], &byte, 1);
        pause_ms(50);
        _exit(7);
    }
    show("parent", child, 0);
    read(fds[0], &byte, 1);
    printf("orphan got %d\n", byte);

    // SIGCHLD says what happened.
    struct sigaction action = {0};
    action.sa_sigaction = on_child;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigaction(SIGCHLD, &action, NULL);
    got = 0;
    if (!(child = fork()))
        _exit(3);
    show("exit", child, 0);
    printf("code %d\n", got);
    got = 0;
    if (!(child = fork())) {
        for (;;)
            pause();
    }
    kill(child, SIGSTOP);
    show("stop", child, WUNTRACED);
    printf("code %d\n", got);
    got = 0;
    kill(child, SIGKILL);
    show("kill", child, 0);
    printf("code %d\n", got);
    // Children of one who ignores SIGCHLD leave no zombie.
    signal(SIGCHLD, SIG_IGN);
    if (!(child = fork()))
        _exit(3);
    int status;
    errno = 0;
    printf("ignored %d", waitpid(child, &status, 0));
    printf(" errno %d\n", errno);
    return 0;
}
