/* Threads that sleep different times wake in that order.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static char order[8];
static int at;
static void *run(void *argument)
{
    sleep_ms((int)(long)argument * 40);
    order[__atomic_fetch_add(&at, 1, __ATOMIC_SEQ_CST)] = (char)('0' + (long)argument);
    return NULL;
}
TEST(sleepers_in_order)
{
    pthread_t t[4];
    for (long i = 0; i < 4; i++)
        t[i] = start(run, (void *)(4 - i));
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    TEXT(order);
    return 0;
}
