/* In a handler the signal itself and sa_mask are blocked; afterwards the mask is as before.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static volatile int depth, deepest, other;
static void on_other(int number) { (void)number; other = depth; }
static void handler(int number)
{
    depth++;
    if (depth > deepest)
        deepest = depth;
    if (deepest < 3) {
        static int times;
        if (times++ < 2)
            raise(number);
        raise(SIGUSR2);
    }
    depth--;
}
TEST(mask_in_handler)
{
    struct sigaction action = {.sa_handler = handler};
    sigset_t now;
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGUSR2);
    sigaction(SIGUSR1, &action, NULL);
    signal(SIGUSR2, on_other);
    other = -1;
    raise(SIGUSR1);
    VALUE(deepest);
    VALUE(other);
    sigprocmask(0, NULL, &now);
    FACT(sigismember(&now, SIGUSR1));
    FACT(sigismember(&now, SIGUSR2));
    return 0;
}
