/* clone with CLONE_VM and a stack of its own shares memory but, without CLONE_FILES, not descriptors.
 * Expected output: Linux on x86-64, as qemu-aarch64 makes a fork of any clone that is no thread. */
#include "conformance.h"

static volatile int value;
static int child(void *argument)
{
    value = (int)(long)argument;
    close(1);
    return 6;
}
TEST(clone_vm)
{
    char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    pid_t pid = clone(child, stack + 65536, CLONE_VM | CLONE_VFORK | SIGCHLD, (void *)33);
    VALUE(value);
    show_end("child", pid);
    return 0;
}
