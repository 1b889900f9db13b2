/* The kernel clears and wakes the address given by set_tid_address when a thread ends (that is how join works).
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static volatile int ended;
static void *run(void *argument)
{
    (void)argument;
    ended = 1;
    return NULL;
}
TEST(clear_child_tid)
{
    for (int i = 0; i < 20; i++) {
        ended = 0;
        pthread_join(start(run, NULL), NULL);
        if (!ended)
            printf("joined too early\n");
    }
    FACT(syscall(SYS_set_tid_address, NULL) == getpid());
    return 0;
}
