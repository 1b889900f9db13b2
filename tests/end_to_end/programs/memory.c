/* Uses memory in ways that the machine may not have: memory WHAT, for the tests of memory limits. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB (1L << 20)

static const char *name(int number)
{
    return number == ENOMEM ? "ENOMEM" : strerror(number);
}

static char *map(long mib)
{
    char *p = mmap(NULL, mib * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static void put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        printf("%s: %s\n", path, strerror(errno));
    close(fd);
}

static void ended(const char *who, pid_t pid)
{
    int status;
    waitpid(pid, &status, 0);
    if (WIFSIGNALED(status))
        printf("%s: signal %d\n", who, WTERMSIG(status));
    else
        printf("%s: status %d\n", who, WEXITSTATUS(status));
}

/* A child that takes so much memory, says so, and waits until its pipe is closed. */
static pid_t eater(long mib, const char *adjustment, int said, int closed)
{
    pid_t pid = fork();
    if (pid)
        return pid;
    if (adjustment)
        put("/proc/self/oom_score_adj", adjustment);
    memset(map(mib), 1, mib * MIB);
    char c = 'x';
    (void)!write(said, &c, 1);
    close(said);
    (void)!read(closed, &c, 1);
    _exit(7);
}

static int two(long first, const char *first_adjustment, long second, const char *second_adjustment)
{
    int said[2], closed[2];
    char c;
    (void)!(pipe(said) + pipe(closed));
    pid_t a = eater(first, first_adjustment, said[1], closed[0]);
    (void)!read(said[0], &c, 1);
    pid_t b = eater(second, second_adjustment, said[1], closed[0]);
    /* The second one gets its memory, or dies trying. */
    close(said[1]);
    if (read(said[0], &c, 1) != 1)
        puts("the second got no memory");
    close(closed[1]);
    close(closed[0]);
    kill(a, SIGUSR1);
    kill(b, SIGUSR1);
    ended("first", a);
    ended("second", b);
    return 0;
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    const char *what = argv[1];
    if (strcmp(what, "malloc") == 0) {
        volatile int pieces = 0;
        char *volatile p;
        while ((p = malloc(MIB)) != NULL)
            pieces = pieces + 1;
        printf("%d MiB, then %s\n", pieces, name(errno));
    } else if (strcmp(what, "always") == 0) {
        put("/proc/sys/vm/overcommit_memory", "1");
        char *p = map(1024);
        puts(p ? "promised" : "refused");
        for (long at = 0; p && at < 1024 * MIB; at += 4096)
            p[at] = 1;
    } else if (strcmp(what, "never") == 0) {
        put("/proc/sys/vm/overcommit_memory", "2");
        puts(map(40) ? "promised" : "refused");
        char *p = map(20);
        puts(p ? "promised" : "refused");
        pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        printf("fork: %s\n", pid < 0 ? name(errno) : "made");
        munmap(p, 20 * MIB);
        pid = fork();
        if (pid == 0)
            _exit(0);
        printf("fork: %s\n", pid < 0 ? name(errno) : "made");
    } else if (strcmp(what, "biggest") == 0) {
        return two(30, NULL, 40, NULL);
    } else if (strcmp(what, "spared") == 0) {
        return two(40, "-1000", 30, NULL);
    } else if (strcmp(what, "wanted") == 0) {
        return two(20, "900", 45, NULL);
    } else if (strcmp(what, "kernel") == 0) {
        /* The kernel itself touches the pages that are one too many. */
        put("/proc/sys/vm/overcommit_memory", "1");
        pid_t pid = fork();
        if (pid == 0) {
            char *p = map(256);
            int fd = open("/dev/zero", O_RDONLY);
            long n = read(fd, p, 256 * MIB);
            printf("read: %ld\n", n);
            _exit(0);
        }
        ended("reader", pid);
    }
    return 0;
}
