/* Connecting to a port where nobody listens is refused.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <netinet/in.h>
#include <sys/socket.h>

TEST(tcp_refused)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int s = socket(AF_INET, SOCK_STREAM, 0), c = socket(AF_INET, SOCK_STREAM, 0);
    char b;
    MUST(bind(s, (void *)&a, sizeof a));
    MUST(getsockname(s, (void *)&a, &size));
    close(s);
    CALL(connect(c, (void *)&a, size));
    c = socket(AF_INET, SOCK_STREAM, 0);
    CALL(read(c, &b, 1));
    CALL(send(c, "x", 1, MSG_NOSIGNAL));
    CALL(getpeername(c, (void *)&a, &size));
    CALL(accept(c, NULL, NULL));
    CALL(socket(AF_INET, SOCK_STREAM, 99));
    CALL(socket(99, SOCK_STREAM, 0));
    CALL(bind(0, (void *)&a, size));
    return 0;
}
