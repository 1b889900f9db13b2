/* Two sockets cannot have one port; SO_REUSEADDR does not change that for listeners.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <netinet/in.h>
#include <sys/socket.h>

TEST(address_in_use)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int s = socket(AF_INET, SOCK_STREAM, 0), t = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    MUST(bind(s, (void *)&a, sizeof a));
    MUST(listen(s, 1));
    MUST(getsockname(s, (void *)&a, &size));
    CALL(bind(t, (void *)&a, size));
    CALL(setsockopt(t, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
    CALL(bind(t, (void *)&a, size));
    CALL(bind(s, (void *)&a, size));
    a.sin_addr.s_addr = htonl(0x01020304);
    a.sin_port = 0;
    CALL(bind(t, (void *)&a, size));
    CALL(bind(t, (void *)&a, 4));
    return 0;
}
