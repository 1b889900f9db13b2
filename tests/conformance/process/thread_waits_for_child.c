/* A thread may wait for a child that another thread of the process made.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static void *waits(void *argument)
{
    show_end("child", *(pid_t *)argument);
    return NULL;
}
TEST(thread_waits_for_child)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(31);
    pthread_join(start(waits, &pid), NULL);
    CALL(waitpid(pid, NULL, 0));
    return 0;
}
