/* The process lives on while one thread does, even if the first has ended.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static void *run(void *argument)
{
    (void)argument;
    sleep_ms(20);
    printf("the thread ends the process\n");
    exit(12);
}
TEST(thread_exit)
{
    pid_t pid = fork();
    if (pid == 0) {
        start(run, NULL);
        pthread_exit(NULL);
    }
    show_end("child", pid);
    return 0;
}
