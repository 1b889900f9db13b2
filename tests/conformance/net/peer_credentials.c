/* SO_PEERCRED tells who is at the other end.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/socket.h>

TEST(peer_credentials)
{
    int s[2];
    struct ucred who;
    socklen_t size = sizeof who;
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
    CALL(getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, &who, &size));
    FACT(who.pid == getpid());
    FACT(who.uid == getuid());
    VALUE(size);
    return 0;
}
