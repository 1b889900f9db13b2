/* What sigaction refuses and what it remembers.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static void handler(int number) { (void)number; }
TEST(sigaction_rules)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART | SA_NODEFER}, old;
    CALL(sigaction(SIGKILL, &action, NULL));
    CALL(sigaction(SIGSTOP, &action, NULL));
    CALL(sigaction(0, &action, NULL));
    CALL(sigaction(65, &action, NULL));
    CALL(sigaction(SIGKILL, NULL, &old));
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    CALL(sigaction(SIGUSR1, &action, NULL));
    CALL(sigaction(SIGUSR1, NULL, &old));
    FACT(old.sa_handler == handler);
    FACT((old.sa_flags & (SA_RESTART | SA_NODEFER)) == (SA_RESTART | SA_NODEFER));
    FACT(sigismember(&old.sa_mask, SIGINT));
    FACT(sigismember(&old.sa_mask, SIGTERM));
    return 0;
}
