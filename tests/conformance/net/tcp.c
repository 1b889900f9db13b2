/* TCP on loopback between two processes: connect, accept, both ways, end of file.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

TEST(tcp)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, peer;
    socklen_t size = sizeof a, got = sizeof peer;
    char b[32] = {0};
    int s = socket(AF_INET, SOCK_STREAM, 0);
    CALL(bind(s, (void *)&a, sizeof a));
    CALL(listen(s, 5));
    CALL(getsockname(s, (void *)&a, &size));
    FACT(a.sin_port != 0);
    pid_t pid = fork();
    if (pid == 0) {
        int c = socket(AF_INET, SOCK_STREAM, 0);
        MUST(connect(c, (void *)&a, sizeof a));
        MUST(write(c, "request", 7));
        ssize_t n = read(c, b, sizeof b);
        shutdown(c, SHUT_WR);
        _exit((int)n);
    }
    int c = accept(s, (void *)&peer, &got);
    FACT(c >= 0);
    TEXT(inet_ntoa(peer.sin_addr));
    CALL(recv(c, b, 7, MSG_WAITALL));
    TEXT(b);
    CALL(write(c, "an answer", 9));
    CALL(read(c, b, sizeof b));
    show_end("client", pid);
    return 0;
}
