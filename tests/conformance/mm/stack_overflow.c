/* Endless recursion ends with SIGSEGV at the limit of the stack.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static volatile int sink;
__attribute__((noinline)) static int down(int n)
{
    volatile char room[8192];
    room[0] = (char)n;
    sink = room[0];
    int below = down(n + 1);
    return below + room[0];
}
TEST(stack_overflow)
{
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGSEGV, SIG_DFL);
        _exit(down(0) & 1);
    }
    show_end("child", pid);
    return 0;
}
