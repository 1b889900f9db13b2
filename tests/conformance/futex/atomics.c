/* Atomic operations of several threads lose nothing.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static int sum, bits, exchanged;
static void *run(void *argument)
{
    int mine = (int)(long)argument;
    for (int i = 0; i < 2000; i++) {
        __atomic_fetch_add(&sum, mine, __ATOMIC_SEQ_CST);
        __atomic_fetch_xor(&bits, 1 << mine, __ATOMIC_SEQ_CST);
        int old = __atomic_load_n(&exchanged, __ATOMIC_SEQ_CST);
        while (!__atomic_compare_exchange_n(&exchanged, &old, old + 1, 1, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            ;
    }
    return NULL;
}
TEST(atomics)
{
    pthread_t t[4];
    for (long i = 0; i < 4; i++)
        t[i] = start(run, (void *)i);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    VALUE(sum);
    VALUE(bits);
    VALUE(exchanged);
    return 0;
}
