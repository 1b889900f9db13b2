/* execve from a thread ends the others, and the new program has the process's pid.
 * Expected output: Linux on x86-64, as qemu-aarch64 cannot execute without the host's binfmt_misc. */
#include "conformance.h"

static char *name;
static void *other(void *argument)
{
    (void)argument;
    for (;;)
        pause();
}
static void *run(void *argument)
{
    char *arguments[] = {"conformance", name, argument, NULL};
    CALL(execv(SELF, arguments));
    return NULL;
}
TEST(from_thread)
{
    if (argc > 1) {
        FACT(atoi(argv[1]) == getpid());
        FACT(syscall(SYS_gettid) == getpid());
        return 0;
    }
    char pid[12];
    snprintf(pid, sizeof pid, "%d", getpid());
    name = argv[0];
    start(other, NULL);
    pthread_join(start(run, pid), NULL);
    return 9;
}
