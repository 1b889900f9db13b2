/* FUTEX_CMP_REQUEUE wakes some waiters and moves others to a second word.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <linux/futex.h>

static int first, second;
static volatile int woken;
static void *run(void *argument)
{
    (void)argument;
    syscall(SYS_futex, &first, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    __atomic_fetch_add(&woken, 1, __ATOMIC_SEQ_CST);
    return NULL;
}
TEST(requeue)
{
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
        t[i] = start(run, NULL);
    sleep_ms(50);
    CALL(syscall(SYS_futex, &first, FUTEX_CMP_REQUEUE_PRIVATE, 1, 2, &second, 7));
    CALL(syscall(SYS_futex, &first, FUTEX_CMP_REQUEUE_PRIVATE, 1, 2, &second, 0));
    sleep_ms(20);
    VALUE(woken);
    CALL(syscall(SYS_futex, &second, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0));
    CALL(syscall(SYS_futex, &first, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0));
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    return 0;
}
