/* Raw mode passes every byte at once and echoes nothing.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <termios.h>

TEST(pty_raw)
{
    char b[16] = {0};
    struct termios t;
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    MUST(unlockpt(master));
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    CALL(tcgetattr(slave, &t));
    FACT(t.c_lflag & ICANON);
    FACT(t.c_lflag & ECHO);
    cfmakeraw(&t);
    CALL(tcsetattr(slave, TCSANOW, &t));
    CALL(write(master, "x\003\r", 3));
    CALL(read(slave, b, sizeof b));
    VALUE(b[1]);
    VALUE(b[2]);
    CALL(fcntl(master, F_SETFL, O_NONBLOCK));
    CALL(read(master, b, sizeof b));
    return 0;
}
