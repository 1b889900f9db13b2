/* A signal handler does not end the wait for a priority-inheriting lock, whether it asks for a restart or not.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <linux/futex.h>

static int word;
static volatile sig_atomic_t handled;
static volatile int got, result = 77, error;

static void handler(int number)
{
    (void)number;
    handled++;
}

static void *run(void *argument)
{
    (void)argument;
    errno = 0;
    result = syscall(SYS_futex, &word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0);
    error = errno;
    got = (word & FUTEX_TID_MASK) == syscall(SYS_gettid);
    syscall(SYS_futex, &word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0);
    return NULL;
}

TEST(lock_pi_interrupted)
{
    struct sigaction action = {.sa_handler = handler};
    sigaction(SIGUSR1, &action, NULL);
    CALL(syscall(SYS_futex, &word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0));
    pthread_t t = start(run, NULL);
    while (!(*(volatile int *)&word & FUTEX_WAITERS))
        sleep_ms(1);
    for (int i = 1; i <= 3; i++) {
        pthread_kill(t, SIGUSR1);
        while (handled < i)
            sleep_ms(1);
    }
    sleep_ms(5);
    VALUE(result);
    CALL(syscall(SYS_futex, &word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
    pthread_join(t, NULL);
    VALUE(result);
    VALUE(error);
    VALUE(got);
    VALUE(handled);
    return 0;
}
