/* A pseudo-terminal in canonical mode: lines, erase, echo and newline translation.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <termios.h>

TEST(pty_canonical)
{
    char b[64] = {0};
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    FACT(master >= 0);
    CALL(grantpt(master));
    CALL(unlockpt(master));
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    FACT(slave >= 0);
    FACT(isatty(slave));
    CALL(write(master, "abX\177c\n", 6));
    CALL(read(slave, b, sizeof b));
    FACT(strcmp(b, "abc\n") == 0);
    memset(b, 0, sizeof b);
    CALL(read(master, b, sizeof b));
    FACT(strcmp(b, "abX\b \bc\r\n") == 0);
    CALL(write(slave, "out\n", 4));
    memset(b, 0, sizeof b);
    CALL(read(master, b, sizeof b));
    FACT(strcmp(b, "out\r\n") == 0);
    return 0;
}
