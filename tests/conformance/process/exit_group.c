/* exit_group ends threads that wait and threads that compute.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static volatile int counter;
static void *compute(void *argument)
{
    (void)argument;
    for (;;)
        counter++;
}
static void *waits(void *argument)
{
    (void)argument;
    for (;;)
        pause();
}
TEST(exit_group)
{
    pid_t pid = fork();
    if (pid == 0) {
        start(compute, NULL);
        start(waits, NULL);
        sleep_ms(5);
        _exit(11);
    }
    show_end("child", pid);
    return 0;
}
