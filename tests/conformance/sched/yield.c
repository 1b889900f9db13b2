/* sched_yield lets another thread run: two threads that alternate by yielding finish.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static volatile int turn;
static void *run(void *argument)
{
    int mine = (int)(long)argument;
    for (int i = 0; i < 50; i++) {
        while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != mine)
            sched_yield();
        __atomic_store_n(&turn, 1 - mine, __ATOMIC_RELEASE);
    }
    return NULL;
}
TEST(yield)
{
    pthread_t a = start(run, (void *)0), b = start(run, (void *)1);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    VALUE(turn);
    return 0;
}
