/* Datagrams keep their borders; what does not fit is cut, and MSG_TRUNC tells.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/socket.h>

TEST(datagrams)
{
    int s[2];
    char b[8] = {0};
    CALL(socketpair(AF_UNIX, SOCK_DGRAM, 0, s));
    CALL(write(s[0], "first", 5));
    CALL(write(s[0], "", 0));
    CALL(write(s[0], "the third", 9));
    CALL(recv(s[1], b, 8, MSG_PEEK));
    CALL(read(s[1], b, 8));
    CALL(read(s[1], b, 8));
    struct iovec v = {b, 3};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
    CALL(recvmsg(s[1], &m, 0));
    FACT(m.msg_flags & MSG_TRUNC);
    CALL(recv(s[1], b, 8, MSG_DONTWAIT));
    return 0;
}
