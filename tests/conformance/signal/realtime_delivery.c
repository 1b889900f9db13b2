/* Several pending real-time signals are all delivered, as often as they were sent.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static volatile int counts[3];
static void handler(int number) { counts[number - SIGRTMIN]++; }
TEST(realtime_delivery)
{
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < 3; i++) {
        signal(SIGRTMIN + i, handler);
        sigaddset(&set, SIGRTMIN + i);
    }
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j <= i; j++)
            raise(SIGRTMIN + i);
    VALUE(counts[0] + counts[1] + counts[2]);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    VALUE(counts[0]);
    VALUE(counts[1]);
    VALUE(counts[2]);
    return 0;
}
