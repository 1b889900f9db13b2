/* RLIMIT_CPU: SIGXCPU each second from the soft limit on, SIGKILL at the hard one; time spent asleep does not count.
 * Expected output: Linux on x86-64, as qemu-aarch64 uses processor time of its own. */
#include "conformance.h"

static volatile sig_atomic_t seen;
static volatile long long first_ms;

static long long used_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void handler(int number)
{
    (void)number;
    if (!seen++)
        first_ms = used_ms();
}

static void spin(int ms)
{
    static volatile double kept = 1.1;
    while (used_ms() < ms) {
        double number = kept;
        /* As much time for as few instructions as there is. */
        for (int i = 0; i < 2000; i++)
            number = 1.5 / number;
        kept = number;
    }
}

TEST(cpu)
{
    struct rlimit limit = {1, 2}, found;
    pid_t pid = fork();
    if (pid == 0) {
        MUST(setrlimit(RLIMIT_CPU, &limit));
        spin(10000);
        _exit(0);
    }
    show_end("without a handler", pid);
    pid = fork();
    if (pid == 0) {
        signal(SIGXCPU, handler);
        MUST(setrlimit(RLIMIT_CPU, &limit));
        for (int i = 0; i < 12; i++)
            sleep_ms(100);
        FACT(seen == 0);
        spin(1300);
        FACT(seen == 1);
        FACT(first_ms >= 900 && first_ms < 1300);
        MUST(getrlimit(RLIMIT_CPU, &found));
        VALUE(found.rlim_cur);
        fflush(stdout);
        spin(10000);
        _exit(0);
    }
    show_end("with one", pid);
    pid = fork();
    if (pid == 0) {
        limit.rlim_cur = 0;
        limit.rlim_max = RLIM_INFINITY;
        MUST(setrlimit(RLIMIT_CPU, &limit));
        /* A child inherits the limit and counts from nothing. */
        pid = fork();
        spin(pid ? 500 : 300);
        _exit(0);
    }
    show_end("with zero", pid);
    return 0;
}
