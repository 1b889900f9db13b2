/* MADV_DONTFORK memory is not in the child; MADV_WIPEONFORK memory is zero there.
 * Expected output: Linux on x86-64, as qemu-aarch64 ignores this advice. */
#include "conformance.h"

TEST(dontfork)
{
    char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    p[0] = p[4096] = 5;
    CALL(madvise(p, 4096, MADV_DONTFORK));
    CALL(madvise(p + 4096, 4096, MADV_WIPEONFORK));
    pid_t pid = fork();
    if (pid == 0)
        _exit(p[4096]);
    show_end("wiped", pid);
    pid = fork();
    if (pid == 0)
        _exit(((volatile char *)p)[0]);
    show_end("not there", pid);
    VALUE(p[0] + p[4096]);
    return 0;
}
