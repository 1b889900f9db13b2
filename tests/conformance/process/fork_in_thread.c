/* A process made by a thread has that thread alone.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static void *forks(void *argument)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(getpid() == (pid_t)syscall(SYS_gettid) ? 21 : 22);
    *(pid_t *)argument = pid;
    return NULL;
}
TEST(fork_in_thread)
{
    pid_t pid = 0;
    pthread_join(start(forks, &pid), NULL);
    show_end("child", pid);
    return 0;
}
