/* Shared anonymous memory is one memory for parent and child, both ways.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(shared_after_fork)
{
    volatile int *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    p[0] = 5;
    pid_t pid = fork();
    if (pid == 0) {
        p[1] = p[0] + 1;
        _exit(0);
    }
    show_end("child", pid);
    VALUE(p[1]);
    return 0;
}
