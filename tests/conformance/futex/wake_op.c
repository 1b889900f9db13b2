/* FUTEX_WAKE_OP changes the second word and wakes its waiters if the old value compares.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <linux/futex.h>

static int first, second = 3;
static void *run(void *argument)
{
    syscall(SYS_futex, argument, FUTEX_WAIT_PRIVATE, *(int *)argument, NULL, NULL, 0);
    return NULL;
}
TEST(wake_op)
{
    pthread_t a = start(run, &first), b = start(run, &second);
    sleep_ms(50);
    CALL(syscall(SYS_futex, &first, FUTEX_WAKE_OP_PRIVATE, 1, 1, &second,
                 FUTEX_OP(FUTEX_OP_ADD, 4, FUTEX_OP_CMP_EQ, 9)));
    VALUE(second);
    CALL(syscall(SYS_futex, &first, FUTEX_WAKE_OP_PRIVATE, 1, 1, &second,
                 FUTEX_OP(FUTEX_OP_SET, 1, FUTEX_OP_CMP_EQ, 7)));
    VALUE(second);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    return 0;
}
