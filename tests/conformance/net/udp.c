/* UDP on loopback: sendto, recvfrom with the sender, connect, and an unreachable port.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <netinet/in.h>
#include <sys/socket.h>

TEST(udp)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, b = a, from;
    socklen_t size = sizeof a, got = sizeof from;
    char text[16] = {0};
    int s = socket(AF_INET, SOCK_DGRAM, 0), c = socket(AF_INET, SOCK_DGRAM, 0);
    MUST(bind(s, (void *)&a, sizeof a));
    MUST(getsockname(s, (void *)&a, &size));
    MUST(bind(c, (void *)&b, sizeof b));
    MUST(getsockname(c, (void *)&b, &size));
    CALL(sendto(c, "datagram", 8, 0, (void *)&a, sizeof a));
    CALL(recvfrom(s, text, sizeof text, 0, (void *)&from, &got));
    TEXT(text);
    FACT(from.sin_port == b.sin_port);
    CALL(send(c, "x", 1, 0));
    CALL(connect(c, (void *)&a, sizeof a));
    CALL(send(c, "yz", 2, 0));
    CALL(recv(s, text, 1, MSG_TRUNC));
    CALL(recv(s, text, 1, MSG_DONTWAIT));
    close(s);
    CALL(send(c, "x", 1, 0));
    CALL(recv(c, text, 1, 0));
    return 0;
}
