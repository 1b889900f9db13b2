/* RLIMIT_AS bounds the address space: mmap and brk fail with ENOMEM.
 * Expected output: Linux on x86-64, as qemu-aarch64 does not enforce the limit. */
#include "conformance.h"

TEST(rlimit_as)
{
    struct rlimit limit = {1 << 20, 1 << 20};
    pid_t pid = fork();
    if (pid == 0) {
        MUST(setrlimit(RLIMIT_AS, &limit));
        CALL(mmap(NULL, 1 << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
        _exit(0);
    }
    show_end("child", pid);
    return 0;
}
