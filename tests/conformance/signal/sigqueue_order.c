/* Real-time signals are queued with their values; lower numbers come first, equal ones in order.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static char seen[64];
static void handler(int number, siginfo_t *info, void *context)
{
    (void)context;
    size_t at = strlen(seen);
    snprintf(seen + at, sizeof seen - at, "%d:%d ", number - SIGRTMIN, info->si_value.sival_int);
}
TEST(sigqueue_order)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigset_t set;
    sigfillset(&action.sa_mask);
    sigemptyset(&set);
    for (int i = 0; i < 3; i++) {
        sigaction(SIGRTMIN + i, &action, NULL);
        sigaddset(&set, SIGRTMIN + i);
    }
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (int i = 0; i < 6; i++) {
        union sigval value = {.sival_int = i};
        MUST(sigqueue(getpid(), SIGRTMIN + 2 - i % 3, value));
    }
    while (sigtimedwait(&set, NULL, &(struct timespec){0, 0}) == -2)
        ;
    siginfo_t info;
    int got;
    while ((got = sigtimedwait(&set, &info, &(struct timespec){0, 0})) > 0)
        handler(got, &info, NULL);
    TEXT(seen);
    return 0;
}
