/* What every conformance program needs. A program is one function, TEST(name); all programs of a folder are linked into
 * one binary whose first argument chooses among them (conformance.c). It prints facts that hold on every Linux, never
 * numbers that depend on the run: no pids, addresses or times. */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* argv[0] is the program's name; there are more arguments only if it executed itself (SELF). */
#define TEST(name) int test_##name(int argc, char **argv)
#define SELF "/proc/self/exe"

/* A call's result, or -1 and the name of its error. */
#define CALL(expression)                                   \
    do {                                                   \
        errno = 0;                                         \
        show_result(#expression, (long)(expression), 0);   \
    } while (0)
/* The same for a result that is a descriptor, an address or a number that differs between runs. */
#define OK(expression)                                     \
    do {                                                   \
        errno = 0;                                         \
        show_result(#expression, (long)(expression), 1);   \
    } while (0)
#define VALUE(expression) printf("%s = %lld\n", #expression, (long long)(expression))
#define FACT(expression) printf("%s: %s\n", #expression, (expression) ? "yes" : "no")
#define TEXT(expression) printf("%s = \"%s\"\n", #expression, (expression))
/* Set-up that is not the behaviour in question. */
#define MUST(expression)                                                             \
    do {                                                                             \
        if ((long)(expression) == -1) {                                              \
            printf("%s failed: %s\n", #expression, errno_name(errno));               \
            _exit(99);                                                               \
        }                                                                            \
    } while (0)

const char *errno_name(int number);
const char *signal_name(int number);
void show_result(const char *text, long result, int hide);
/* Print how a child ended or changed, from the status that a wait gave. */
void show_status(const char *who, int status);
/* Wait for a child and print how it ended. */
void show_end(const char *who, pid_t pid);
void sleep_ms(int milliseconds);
long long now_ms(void);
void write_file(const char *path, const char *text);
/* The first 255 bytes of a file, in a static buffer. */
const char *read_file(const char *path);
/* Start a thread; the program ends if it cannot. */
pthread_t start(void *(*function)(void *), void *argument);

#endif
