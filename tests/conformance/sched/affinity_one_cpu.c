/* Threads bound to one CPU still take turns.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static volatile int counters[3];
static volatile int stop;
static void *run(void *argument)
{
    while (!stop)
        counters[(long)argument]++;
    return NULL;
}
TEST(affinity_one_cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    CALL(sched_setaffinity(0, sizeof set, &set));
    pthread_t t[3];
    for (long i = 0; i < 3; i++)
        t[i] = start(run, (void *)i);
    for (int i = 0; i < 1000 && !(counters[0] && counters[1] && counters[2]); i++)
        sleep_ms(1);
    stop = 1;
    for (int i = 0; i < 3; i++)
        pthread_join(t[i], NULL);
    FACT(counters[0] > 0);
    FACT(counters[1] > 0);
    FACT(counters[2] > 0);
    return 0;
}
