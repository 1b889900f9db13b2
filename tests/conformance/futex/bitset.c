/* A bitset wake reaches only waiters with a common bit.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <linux/futex.h>

static int word;
static volatile int woken;
static void *run(void *argument)
{
    int mask = (int)(long)argument;
    syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, mask);
    __atomic_fetch_or(&woken, mask, __ATOMIC_SEQ_CST);
    return NULL;
}
TEST(bitset)
{
    pthread_t t[3];
    for (long i = 0; i < 3; i++)
        t[i] = start(run, (void *)(1L << i));
    sleep_ms(50);
    CALL(syscall(SYS_futex, &word, FUTEX_WAKE_BITSET_PRIVATE, 10, NULL, NULL, 2));
    sleep_ms(20);
    VALUE(woken);
    CALL(syscall(SYS_futex, &word, FUTEX_WAKE_BITSET_PRIVATE, 10, NULL, NULL, 8));
    CALL(syscall(SYS_futex, &word, FUTEX_WAKE_BITSET_PRIVATE, 10, NULL, NULL, 5));
    for (int i = 0; i < 3; i++)
        pthread_join(t[i], NULL);
    VALUE(woken);
    return 0;
}
