/* waitid with WNOHANG and nothing to report leaves si_pid 0.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(waitid_nohang)
{
    int gate[2];
    siginfo_t info;
    MUST(pipe(gate));
    pid_t pid = fork();
    if (pid == 0) {
        char c;
        close(gate[1]);
        MUST(read(gate[0], &c, 1));
        _exit(0);
    }
    memset(&info, 0xff, sizeof info);
    CALL(waitid(P_PID, pid, &info, WEXITED | WNOHANG));
    VALUE(info.si_pid);
    close(gate[1]);
    show_end("child", pid);
    return 0;
}
