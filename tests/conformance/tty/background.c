/* A background process that reads from its terminal is stopped by SIGTTIN.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/ioctl.h>
#include <termios.h>

TEST(background)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    MUST(unlockpt(master));
    pid_t leader = fork();
    if (leader == 0) {
        int status;
        char c;
        MUST(setsid());
        int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
        MUST(ioctl(slave, TIOCSCTTY, 0));
        pid_t pid = fork();
        if (pid == 0) {
            setpgid(0, 0);
            MUST(read(slave, &c, 1));
            _exit(c);
        }
        MUST(waitpid(pid, &status, WUNTRACED));
        show_status("background", status);
        signal(SIGTTOU, SIG_IGN);
        CALL(tcsetpgrp(slave, pid));
        MUST(write(master, "A\n", 2));
        kill(-pid, SIGCONT);
        show_end("now in the foreground", pid);
        _exit(0);
    }
    show_end("leader", leader);
    return 0;
}
