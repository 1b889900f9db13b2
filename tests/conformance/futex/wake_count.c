/* FUTEX_WAKE wakes as many waiters as asked for and says how many.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <linux/futex.h>

static int word;
static volatile int woken;
static void *run(void *argument)
{
    (void)argument;
    syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    __atomic_fetch_add(&woken, 1, __ATOMIC_SEQ_CST);
    return NULL;
}
TEST(wake_count)
{
    pthread_t t[5];
    for (int i = 0; i < 5; i++)
        t[i] = start(run, NULL);
    sleep_ms(50);
    CALL(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 2, NULL, NULL, 0));
    sleep_ms(20);
    VALUE(woken);
    CALL(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0));
    for (int i = 0; i < 5; i++)
        pthread_join(t[i], NULL);
    VALUE(woken);
    return 0;
}
