/* Closing the master hangs the slave up: end of file for readers, EIO for writers.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <termios.h>

TEST(hang_up)
{
    char b[8];
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    MUST(unlockpt(master));
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    CALL(close(slave));
    CALL(read(master, b, sizeof b));
    slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    CALL(close(master));
    CALL(read(slave, b, sizeof b));
    CALL(write(slave, "x", 1));
    struct pollfd p = {slave, POLLIN, 0};
    CALL(poll(&p, 1, 0));
    FACT(p.revents & POLLHUP);
    return 0;
}
