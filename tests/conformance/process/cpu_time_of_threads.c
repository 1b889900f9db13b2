/* The processor time of a thread that is over stays the process's.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static long long clock_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static void *spin(void *argument)
{
    while (clock_us(CLOCK_THREAD_CPUTIME_ID) < 20000)
        for (volatile int i = 0; i < 100000; i++)
            ;
    return argument;
}

TEST(cpu_time_of_threads)
{
    pthread_join(start(spin, NULL), NULL);
    FACT(clock_us(CLOCK_PROCESS_CPUTIME_ID) >= 20000);
    FACT(clock_us(CLOCK_PROCESS_CPUTIME_ID) - clock_us(CLOCK_THREAD_CPUTIME_ID) >= 18000);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    long long used = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec
        + usage.ru_stime.tv_usec;
    FACT(used >= 16000);
    return 0;
}
