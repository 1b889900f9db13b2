/* On one CPU a FIFO thread of higher priority that wakes runs before the lower one goes on.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static volatile int order, high_at, low_at;
static int gate[2];
static void *high(void *argument)
{
    char c;
    (void)argument;
    MUST(read(gate[0], &c, 1));
    high_at = ++order;
    return NULL;
}
TEST(fifo_order)
{
    if (getuid() != 0) {
        printf("needs root\n");
        return 0;
    }
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(0, &set);
    MUST(sched_setaffinity(0, sizeof set, &set));
    MUST(pipe(gate));
    struct sched_param param = {10};
    MUST(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &param));
    pthread_t t;
    pthread_attr_t attributes;
    struct sched_param higher = {20};
    pthread_attr_init(&attributes);
    pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
    pthread_attr_setschedparam(&attributes, &higher);
    VALUE(pthread_create(&t, &attributes, high, NULL));
    MUST(write(gate[1], "x", 1));
    low_at = ++order;
    pthread_join(t, NULL);
    VALUE(high_at);
    VALUE(low_at);
    return 0;
}
