/* mremap grows in place where there is room and moves where there is none.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(mremap_grow)
{
    char *p = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    strcpy(p, "kept");
    MUST(munmap(p + 4096, 4096));
    FACT(mremap(p, 4096, 8192, 0) == p);
    CALL(mremap(p, 8192, 3 * 4096, 0) == MAP_FAILED ? -1 : 0);
    char *q = mremap(p, 8192, 64 * 4096, MREMAP_MAYMOVE);
    FACT(q != p);
    TEXT(q);
    VALUE(q[63 * 4096]);
    FACT(mremap(q, 64 * 4096, 4096, 0) == q);
    pid_t pid = fork();
    if (pid == 0)
        _exit(((volatile char *)q)[4096]);
    show_end("child", pid);
    return 0;
}
