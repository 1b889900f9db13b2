/* /proc/PID/stat: pid, name, state, parent, group and session; a zombie is Z.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(stat)
{
    static char text[1024];
    char path[64], name[32], state;
    int pid_read, parent, group, session;
    siginfo_t info;
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    MUST(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    snprintf(text, sizeof text, "%s", read_file(path));
    CALL(sscanf(text, "%d (%31[^)]) %c %d %d %d", &pid_read, name, &state, &parent, &group, &session));
    FACT(pid_read == pid);
    VALUE(state);
    FACT(parent == getpid());
    FACT(group == getpgrp());
    FACT(session == getsid(0));
    show_end("child", pid);
    CALL(access(path, F_OK));
    return 0;
}
