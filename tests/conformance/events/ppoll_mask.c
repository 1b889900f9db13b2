/* ppoll changes the mask only while it waits: a pending signal interrupts it.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static volatile int count;
static void handler(int number) { (void)number; count++; }
TEST(ppoll_mask)
{
    sigset_t set, none;
    signal(SIGUSR1, handler);
    sigemptyset(&none);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    VALUE(count);
    CALL(ppoll(NULL, 0, NULL, &none));
    VALUE(count);
    raise(SIGUSR1);
    VALUE(count);
    CALL(ppoll(NULL, 0, &(struct timespec){0, 1000000}, NULL));
    VALUE(count);
    return 0;
}
