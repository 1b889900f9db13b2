/* A session leader gets a controlling terminal; ^C is SIGINT to the foreground group; /dev/tty is it.
 * Expected output: Linux on x86-64, as qemu-aarch64 does not know TIOCGSID. */
#include "conformance.h"
#include <sys/ioctl.h>
#include <termios.h>

TEST(controlling_terminal)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY), ready[2];
    char c;
    MUST(unlockpt(master));
    MUST(pipe(ready));
    pid_t pid = fork();
    if (pid == 0) {
        MUST(setsid());
        CALL(open("/dev/tty", O_RDWR));
        int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
        CALL(ioctl(slave, TIOCSCTTY, 0));
        FACT(tcgetpgrp(slave) == getpid());
        FACT(tcgetsid(slave) == getpid());
        OK(open("/dev/tty", O_RDWR));
        MUST(write(ready[1], "x", 1));
        for (;;)
            pause();
    }
    MUST(read(ready[0], &c, 1));
    CALL(write(master, "\003", 1));
    show_end("session leader", pid);
    return 0;
}
