/* CLONE_FILES shares the table of descriptors, CLONE_FS the working folder and the mask.
 * Expected output: Linux on x86-64, as qemu-aarch64 makes a fork of any clone that is no thread. */
#include "conformance.h"

static int child(void *argument)
{
    (void)argument;
    MUST(dup2(1, 50));
    MUST(mkdir("sub", 0755));
    MUST(chdir("sub"));
    umask(0077);
    return 0;
}
TEST(clone_files)
{
    char *stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char folder[4096];
    pid_t pid = clone(child, stack + 65536, CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_FS | SIGCHLD, NULL);
    show_end("child", pid);
    CALL(fcntl(50, F_GETFD));
    TEXT(strrchr(getcwd(folder, sizeof folder), '/'));
    VALUE(umask(0));
    return 0;
}
