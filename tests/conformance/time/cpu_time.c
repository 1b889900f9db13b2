/* CPU time grows while computing and not while sleeping.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(cpu_time)
{
    struct timespec a, b;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    sleep_ms(50);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    FACT((b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000 < 30);
    volatile int x = 0;
    for (int i = 0; i < 1000000; i++)
        x++;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    FACT(a.tv_sec > b.tv_sec || a.tv_nsec > b.tv_nsec);
    clockid_t id;
    VALUE(clock_getcpuclockid(0, &id));
    CALL(clock_gettime(id, &a));
    return 0;
}
