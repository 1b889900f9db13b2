/* setsid makes a session and a group; a group leader cannot.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(session)
{
    pid_t pid = fork();
    if (pid == 0) {
        FACT(setsid() == getpid());
        FACT(getsid(0) == getpid());
        FACT(getpgrp() == getpid());
        CALL(setsid());
        CALL(setpgid(0, 0));
        _exit(0);
    }
    show_end("child", pid);
    FACT(getsid(0) != pid);
    return 0;
}
