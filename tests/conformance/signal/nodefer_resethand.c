/* SA_NODEFER lets a handler be interrupted by its own signal; SA_RESETHAND uses it up.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static volatile int depth, deepest;
static void handler(int number)
{
    depth++;
    if (depth > deepest)
        deepest = depth;
    if (depth < 3)
        raise(number);
    depth--;
}
TEST(nodefer_resethand)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_NODEFER}, now;
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    VALUE(deepest);
    deepest = 2;
    action.sa_flags = SA_RESETHAND;
    depth = 5;
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
    VALUE(deepest);
    sigaction(SIGUSR1, NULL, &now);
    FACT(now.sa_handler == SIG_DFL);
    return 0;
}
