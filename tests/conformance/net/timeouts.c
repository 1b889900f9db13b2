/* SO_RCVTIMEO ends a blocking receive with EAGAIN.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/socket.h>

TEST(timeouts)
{
    int s[2];
    char b;
    struct timeval t = {0, 20000};
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
    CALL(setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t));
    long long before = now_ms();
    CALL(read(s[0], &b, 1));
    FACT(now_ms() - before >= 20);
    return 0;
}
