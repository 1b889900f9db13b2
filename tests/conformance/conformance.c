/* The common part of the conformance programs, and the `main` of each binary. */
#include "conformance.h"

struct entry {
    const char *name;
    int (*run)(int, char **);
};

/* PROGRAMS_OF_THE_GROUP is given by the runner: one PROGRAM(name) for each file of the folder. */
#define PROGRAM(name) TEST(name);
PROGRAMS_OF_THE_GROUP
#undef PROGRAM
#define PROGRAM(name) {#name, test_##name},
static const struct entry PROGRAMS[] = {
    PROGRAMS_OF_THE_GROUP
};
#undef PROGRAM

#define NAME(number) {number, #number}
struct name {
    int number;
    const char *text;
};

const char *errno_name(int number)
{
    static const struct name names[] = {
        NAME(EPERM), NAME(ENOENT), NAME(ESRCH), NAME(EINTR), NAME(EIO), NAME(ENXIO), NAME(E2BIG), NAME(ENOEXEC),
        NAME(EBADF), NAME(ECHILD), NAME(EAGAIN), NAME(ENOMEM), NAME(EACCES), NAME(EFAULT), NAME(ENOTBLK), NAME(EBUSY),
        NAME(EEXIST), NAME(EXDEV), NAME(ENODEV), NAME(ENOTDIR), NAME(EISDIR), NAME(EINVAL), NAME(ENFILE), NAME(EMFILE),
        NAME(ENOTTY), NAME(ETXTBSY), NAME(EFBIG), NAME(ENOSPC), NAME(ESPIPE), NAME(EROFS), NAME(EMLINK), NAME(EPIPE),
        NAME(EDOM), NAME(ERANGE), NAME(EDEADLK), NAME(ENAMETOOLONG), NAME(ENOLCK), NAME(ENOSYS), NAME(ENOTEMPTY),
        NAME(ELOOP), NAME(ENOMSG), NAME(ENODATA), NAME(ETIME), NAME(EPROTO), NAME(EOVERFLOW), NAME(EBADFD),
        NAME(ENOTSOCK), NAME(EDESTADDRREQ), NAME(EMSGSIZE), NAME(EPROTOTYPE), NAME(ENOPROTOOPT), NAME(EPROTONOSUPPORT),
        NAME(ESOCKTNOSUPPORT), NAME(EOPNOTSUPP), NAME(EAFNOSUPPORT), NAME(EADDRINUSE), NAME(EADDRNOTAVAIL),
        NAME(ENETUNREACH), NAME(ECONNABORTED), NAME(ECONNRESET), NAME(ENOBUFS), NAME(EISCONN), NAME(ENOTCONN),
        NAME(ESHUTDOWN), NAME(ETIMEDOUT), NAME(ECONNREFUSED), NAME(EHOSTUNREACH), NAME(EALREADY), NAME(EINPROGRESS),
        NAME(ECANCELED), NAME(EOWNERDEAD), NAME(ENOTRECOVERABLE),
    };
    static char other[24];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == number)
            return names[i].text;
    snprintf(other, sizeof other, "errno %d", number);
    return other;
}

const char *signal_name(int number)
{
    static const struct name names[] = {
        NAME(SIGHUP), NAME(SIGINT), NAME(SIGQUIT), NAME(SIGILL), NAME(SIGTRAP), NAME(SIGABRT), NAME(SIGBUS),
        NAME(SIGFPE), NAME(SIGKILL), NAME(SIGUSR1), NAME(SIGSEGV), NAME(SIGUSR2), NAME(SIGPIPE), NAME(SIGALRM),
        NAME(SIGTERM), NAME(SIGCHLD), NAME(SIGCONT), NAME(SIGSTOP), NAME(SIGTSTP), NAME(SIGTTIN), NAME(SIGTTOU),
        NAME(SIGURG), NAME(SIGXCPU), NAME(SIGXFSZ), NAME(SIGVTALRM), NAME(SIGPROF), NAME(SIGWINCH), NAME(SIGIO),
        NAME(SIGPWR), NAME(SIGSYS),
    };
    static char other[24];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == number)
            return names[i].text;
    snprintf(other, sizeof other, "signal %d", number);
    return other;
}

void show_result(const char *text, long result, int hide)
{
    if (result == -1)
        printf("%s = -1 %s\n", text, errno_name(errno));
    else if (hide)
        printf("%s: ok\n", text);
    else
        printf("%s = %ld\n", text, result);
}

void show_status(const char *who, int status)
{
    if (WIFEXITED(status))
        printf("%s exited with %d\n", who, WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        printf("%s was killed by %s\n", who, signal_name(WTERMSIG(status)));
    else if (WIFSTOPPED(status))
        printf("%s was stopped by %s\n", who, signal_name(WSTOPSIG(status)));
    else if (WIFCONTINUED(status))
        printf("%s was continued\n", who);
    else
        printf("%s: status %#x\n", who, status);
}

void show_end(const char *who, pid_t pid)
{
    int status;
    pid_t got;
    do
        got = waitpid(pid, &status, 0);
    while (got == -1 && errno == EINTR);
    if (got == pid)
        show_status(who, status);
    else
        printf("%s: waitpid says %s\n", who, errno_name(errno));
}

void sleep_ms(int milliseconds)
{
    struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    while (nanosleep(&left, &left) == -1 && errno == EINTR)
        ;
}

long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    MUST(fd);
    MUST(write(fd, text, strlen(text)));
    close(fd);
}

const char *read_file(const char *path)
{
    static char text[256];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    MUST(fd);
    ssize_t got = read(fd, text, sizeof text - 1);
    MUST(got);
    text[got] = 0;
    close(fd);
    return text;
}

pthread_t start(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    int error = pthread_create(&thread, NULL, function, argument);
    if (error) {
        printf("pthread_create failed: %s\n", errno_name(error));
        _exit(99);
    }
    return thread;
}

int main(int argc, char **argv)
{
    /* Whole lines, so that nothing is left in the buffer when a program forks. */
    static char buffer[BUFSIZ];
    setvbuf(stdout, buffer, _IOLBF, sizeof buffer);
    umask(022);
    for (size_t i = 0; argc > 1 && i < sizeof PROGRAMS / sizeof *PROGRAMS; i++)
        if (strcmp(PROGRAMS[i].name, argv[1]) == 0)
            return PROGRAMS[i].run(argc - 1, argv + 1);
    fprintf(stderr, "no program %s\n", argc > 1 ? argv[1] : "named");
    return 98;
}
