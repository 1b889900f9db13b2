/* Pipes and files are no terminals.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/ioctl.h>
#include <termios.h>

TEST(not_a_tty)
{
    int p[2];
    struct termios t;
    MUST(pipe(p));
    CALL(tcgetattr(p[0], &t));
    FACT(isatty(p[0]));
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    CALL(tcgetattr(fd, &t));
    CALL(ioctl(fd, TIOCGWINSZ, &t));
    CALL(tcgetpgrp(fd));
    return 0;
}
