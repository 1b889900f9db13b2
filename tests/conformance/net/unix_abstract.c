/* An abstract name needs no file and goes with its socket.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

TEST(unix_abstract)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX}, peer;
    memcpy(a.sun_path, "\0conformance", 12);
    socklen_t size = offsetof(struct sockaddr_un, sun_path) + 12, got = sizeof peer;
    int s = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0);
    CALL(bind(s, (void *)&a, size));
    CALL(listen(s, 1));
    CALL(connect(c, (void *)&a, size));
    CALL(getpeername(c, (void *)&peer, &got));
    FACT(got == size && memcmp(&peer, &a, size) == 0);
    int other = socket(AF_UNIX, SOCK_STREAM, 0);
    CALL(bind(other, (void *)&a, size));
    close(s);
    CALL(bind(other, (void *)&a, size));
    return 0;
}
