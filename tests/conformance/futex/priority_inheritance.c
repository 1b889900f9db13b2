/* Priority-inheritance futexes: locked by the kernel when contended, EDEADLK for oneself.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <linux/futex.h>

static int word;
static volatile int got, mine;
static void *run(void *argument)
{
    (void)argument;
    got = syscall(SYS_futex, &word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0) == 0 ? 1 : -1;
    mine = (word & FUTEX_TID_MASK) == syscall(SYS_gettid);
    syscall(SYS_futex, &word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0);
    return NULL;
}
TEST(priority_inheritance)
{
    CALL(syscall(SYS_futex, &word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0));
    FACT((word & FUTEX_TID_MASK) == getpid());
    CALL(syscall(SYS_futex, &word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0));
    CALL(syscall(SYS_futex, &word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
    pthread_t t = start(run, NULL);
    sleep_ms(20);
    FACT((word & FUTEX_WAITERS) != 0);
    VALUE(got);
    CALL(syscall(SYS_futex, &word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
    pthread_join(t, NULL);
    VALUE(got);
    FACT(mine);
    VALUE(word);
    CALL(syscall(SYS_futex, &word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
    return 0;
}
