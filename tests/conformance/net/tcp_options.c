/* Socket options that are kept and told.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

TEST(tcp_options)
{
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), v = 1;
    socklen_t size = sizeof v;
    CALL(setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &v, sizeof v));
    CALL(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &v, sizeof v));
    v = 0;
    CALL(getsockopt(s, IPPROTO_TCP, TCP_NODELAY, &v, &size));
    VALUE(v);
    CALL(getsockopt(s, SOL_SOCKET, SO_TYPE, &v, &size));
    VALUE(v);
    CALL(getsockopt(s, SOL_SOCKET, SO_ERROR, &v, &size));
    VALUE(v);
    CALL(getsockopt(s, SOL_SOCKET, SO_ACCEPTCONN, &v, &size));
    VALUE(v);
    VALUE(fcntl(s, F_GETFD));
    FACT(fcntl(s, F_GETFL) & O_NONBLOCK);
    CALL(setsockopt(s, SOL_SOCKET, 9999, &v, sizeof v));
    CALL(accept(s, NULL, NULL));
    return 0;
}
