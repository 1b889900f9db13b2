/* A blocked signal stays pending until it is unblocked; a standard signal only once.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static volatile int count;
static void handler(int number) { (void)number; count++; }
TEST(mask)
{
    sigset_t set, old, pending;
    signal(SIGUSR1, handler);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CALL(sigprocmask(SIG_BLOCK, &set, &old));
    FACT(sigismember(&old, SIGUSR1));
    raise(SIGUSR1);
    raise(SIGUSR1);
    VALUE(count);
    CALL(sigpending(&pending));
    FACT(sigismember(&pending, SIGUSR1));
    CALL(sigprocmask(SIG_UNBLOCK, &set, NULL));
    VALUE(count);
    CALL(sigprocmask(99, &set, NULL));
    sigfillset(&set);
    CALL(sigprocmask(SIG_SETMASK, &set, NULL));
    CALL(sigprocmask(SIG_SETMASK, NULL, &old));
    FACT(sigismember(&old, SIGKILL));
    FACT(sigismember(&old, SIGTERM));
    return 0;
}
