/* A non-blocking connect and accept with poll.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <netinet/in.h>
#include <sys/socket.h>

TEST(tcp_nonblocking)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), error = -1;
    MUST(bind(s, (void *)&a, sizeof a));
    MUST(listen(s, 5));
    MUST(getsockname(s, (void *)&a, &size));
    CALL(accept(s, NULL, NULL));
    FACT(connect(c, (void *)&a, size) == 0 || errno == EINPROGRESS);
    struct pollfd p[2] = {{c, POLLOUT, 0}, {s, POLLIN, 0}};
    CALL(poll(p, 1, 1000));
    CALL(poll(p + 1, 1, 1000));
    size = sizeof error;
    CALL(getsockopt(c, SOL_SOCKET, SO_ERROR, &error, &size));
    VALUE(error);
    int accepted = accept4(s, NULL, NULL, SOCK_NONBLOCK);
    char b;
    CALL(read(accepted, &b, 1));
    close(c);
    p[0].fd = accepted;
    p[0].events = POLLIN;
    CALL(poll(p, 1, 1000));
    CALL(read(accepted, &b, 1));
    return 0;
}
