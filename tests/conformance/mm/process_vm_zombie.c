/* A process that is over has no memory any more, though its number is still known.
 * Expected output: Linux on x86-64, as qemu-aarch64 cannot name another process's memory. */
#include "conformance.h"

TEST(process_vm_zombie)
{
    char text[16] = "parent";
    pid_t pid = fork();
    if (pid == 0)
        _exit(3);
    siginfo_t info;
    MUST(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
    struct iovec mine = {text, 16}, theirs = {text, 16};
    CALL(process_vm_readv(pid, &mine, 1, &theirs, 1, 0));
    CALL(process_vm_writev(pid, &mine, 1, &theirs, 1, 0));
    show_end("child", pid);
    CALL(process_vm_readv(pid, &mine, 1, &theirs, 1, 0));
    return 0;
}
