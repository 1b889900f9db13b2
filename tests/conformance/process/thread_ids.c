/* Threads share a pid and have thread ids of their own; the first thread's id is the pid.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static void *run(void *argument)
{
    pid_t *ids = argument;
    ids[0] = getpid();
    ids[1] = (pid_t)syscall(SYS_gettid);
    return NULL;
}
TEST(thread_ids)
{
    pid_t ids[2];
    pthread_join(start(run, ids), NULL);
    FACT(ids[0] == getpid());
    FACT(ids[1] != ids[0]);
    FACT(syscall(SYS_gettid) == getpid());
    CALL(syscall(SYS_tgkill, getpid(), 1 << 22, 0));
    CALL(syscall(SYS_tgkill, getpid(), getpid(), 0));
    return 0;
}
