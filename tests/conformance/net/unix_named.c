/* A stream server with a name in the file system.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/socket.h>
#include <sys/un.h>

TEST(unix_named)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "sock"}, peer;
    socklen_t size = sizeof peer;
    char b[8] = {0};
    int s = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0);
    CALL(connect(c, (void *)&a, sizeof a));
    CALL(bind(s, (void *)&a, sizeof a));
    CALL(connect(c, (void *)&a, sizeof a));
    CALL(listen(s, 5));
    CALL(connect(c, (void *)&a, sizeof a));
    int accepted = accept(s, (void *)&peer, &size);
    FACT(accepted >= 0);
    VALUE(size);
    CALL(write(c, "hello", 5));
    CALL(read(accepted, b, 8));
    TEXT(b);
    struct stat st;
    CALL(stat("sock", &st));
    FACT(S_ISSOCK(st.st_mode));
    int again = socket(AF_UNIX, SOCK_STREAM, 0);
    CALL(bind(again, (void *)&a, sizeof a));
    CALL(open("sock", O_RDWR));
    close(s);
    CALL(connect(again, (void *)&a, sizeof a));
    return 0;
}
