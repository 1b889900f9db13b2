/* The window size is kept, and its change is SIGWINCH to the foreground group.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/ioctl.h>

TEST(window_size)
{
    struct winsize w = {24, 80, 0, 0}, got = {0};
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    MUST(unlockpt(master));
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    CALL(ioctl(slave, TIOCGWINSZ, &got));
    VALUE(got.ws_row);
    CALL(ioctl(master, TIOCSWINSZ, &w));
    CALL(ioctl(slave, TIOCGWINSZ, &got));
    VALUE(got.ws_row);
    VALUE(got.ws_col);
    return 0;
}
