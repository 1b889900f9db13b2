/* A pair of stream sockets: both ways, shutdown, end of file and EPIPE.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/socket.h>

TEST(socketpair_stream)
{
    int s[2];
    char b[8] = {0};
    CALL(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
    CALL(write(s[0], "there", 5));
    CALL(write(s[1], "back", 4));
    CALL(read(s[1], b, 8));
    CALL(read(s[0], b, 8));
    CALL(recv(s[0], b, 8, MSG_DONTWAIT));
    CALL(shutdown(s[0], SHUT_WR));
    CALL(read(s[1], b, 8));
    CALL(send(s[0], "x", 1, MSG_NOSIGNAL));
    CALL(write(s[1], "still", 5));
    close(s[1]);
    CALL(read(s[0], b, 8));
    CALL(read(s[0], b, 8));
    return 0;
}
