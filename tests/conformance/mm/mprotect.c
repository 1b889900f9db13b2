/* Protection is per page, splits mappings, and is given back.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(mprotect)
{
    char *p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(p, 3, 3 * 4096);
    CALL(mprotect(p + 4096, 4096, PROT_READ));
    for (int i = 0; i < 3; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            p[i * 4096] = 9;
            _exit(0);
        }
        show_end("writer", pid);
    }
    VALUE(p[4096]);
    CALL(mprotect(p + 4096, 4096, PROT_NONE));
    pid_t pid = fork();
    if (pid == 0)
        _exit(((volatile char *)p)[4096]);
    show_end("reader", pid);
    CALL(mprotect(p, 3 * 4096, PROT_READ | PROT_WRITE));
    p[4096]++;
    VALUE(p[4096]);
    CALL(syscall(SYS_mprotect, p + 1, 4096, PROT_READ));
    CALL(munmap(p + 4096, 4096));
    CALL(mprotect(p, 3 * 4096, PROT_READ));
    return 0;
}
