/* A handler runs with the signal's number, and the program goes on after it.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static volatile int seen;
static void handler(int number) { seen = number; }
TEST(handler)
{
    struct sigaction action = {.sa_handler = handler};
    CALL(sigaction(SIGUSR1, &action, NULL));
    CALL(raise(SIGUSR1));
    VALUE(seen);
    CALL(kill(getpid(), SIGUSR1));
    VALUE(seen);
    return 0;
}
