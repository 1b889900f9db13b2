/* Unmapping the middle leaves both ends; touching the hole is SIGSEGV.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(munmap_middle)
{
    char *p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CALL(munmap(p + 4096, 4096));
    p[0] = 1;
    p[8192] = 2;
    VALUE(p[0] + p[8192]);
    pid_t pid = fork();
    if (pid == 0)
        _exit(((volatile char *)p)[4096]);
    show_end("child", pid);
    CALL(munmap(p + 4096, 4096));
    CALL(munmap(p + 1, 4096));
    CALL(munmap(p, 0));
    return 0;
}
