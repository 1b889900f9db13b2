/* A thread that spins without any call does not keep another from running.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static volatile int flag;
static void *run(void *argument)
{
    (void)argument;
    sleep_ms(2);
    flag = 1;
    return NULL;
}
TEST(spin)
{
    pthread_t t = start(run, NULL);
    while (!flag)
        ;
    pthread_join(t, NULL);
    printf("both finished\n");
    return 0;
}
