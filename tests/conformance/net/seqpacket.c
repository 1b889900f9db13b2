/* Sequenced packets keep borders and have an end of file.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/socket.h>

TEST(seqpacket)
{
    int s[2];
    char b[8];
    CALL(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s));
    CALL(write(s[0], "one", 3));
    CALL(write(s[0], "two", 3));
    CALL(read(s[1], b, 8));
    CALL(read(s[1], b, 8));
    close(s[0]);
    CALL(read(s[1], b, 8));
    return 0;
}
