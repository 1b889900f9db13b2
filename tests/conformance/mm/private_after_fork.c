/* A child's writes to private memory stay with the child.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(private_after_fork)
{
    int *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *p = 1;
    pid_t pid = fork();
    if (pid == 0) {
        *p = 2;
        _exit(*p);
    }
    show_end("child", pid);
    VALUE(*p);
    return 0;
}
