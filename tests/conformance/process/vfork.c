/* vfork's parent goes on only when the child has ended; they share memory.
 * Expected output: Linux on x86-64, as qemu-aarch64 makes a fork of a vfork. */
#include "conformance.h"

TEST(vfork)
{
    volatile int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t pid = vfork();
    if (pid == 0) {
        *shared = 77;
        _exit(4);
    }
    VALUE(*shared);
    show_end("child", pid);
    return 0;
}
