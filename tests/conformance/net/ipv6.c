/* IPv6 loopback, and an IPv4 client of an IPv6 server.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <netinet/in.h>
#include <sys/socket.h>

TEST(ipv6)
{
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT}, peer;
    socklen_t size = sizeof a;
    int s = socket(AF_INET6, SOCK_STREAM, 0), off = 0;
    FACT(s >= 0);
    CALL(setsockopt(s, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off));
    CALL(bind(s, (void *)&a, sizeof a));
    CALL(listen(s, 5));
    CALL(getsockname(s, (void *)&a, &size));
    a.sin6_addr = in6addr_loopback;
    int c = socket(AF_INET6, SOCK_STREAM, 0);
    CALL(connect(c, (void *)&a, sizeof a));
    struct sockaddr_in b = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = a.sin6_port};
    int d = socket(AF_INET, SOCK_STREAM, 0);
    CALL(connect(d, (void *)&b, sizeof b));
    size = sizeof peer;
    OK(accept(s, (void *)&peer, &size));
    FACT(IN6_IS_ADDR_LOOPBACK(&peer.sin6_addr));
    OK(accept(s, (void *)&peer, &size));
    FACT(IN6_IS_ADDR_V4MAPPED(&peer.sin6_addr));
    return 0;
}
