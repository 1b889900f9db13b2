/* A megabyte through TCP arrives in order while both sides block.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <netinet/in.h>
#include <sys/socket.h>

TEST(tcp_large)
{
    static unsigned char b[65536];
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    int s = socket(AF_INET, SOCK_STREAM, 0);
    MUST(bind(s, (void *)&a, sizeof a));
    MUST(listen(s, 5));
    MUST(getsockname(s, (void *)&a, &size));
    pid_t pid = fork();
    if (pid == 0) {
        int c = socket(AF_INET, SOCK_STREAM, 0);
        MUST(connect(c, (void *)&a, size));
        for (int i = 0; i < 16; i++) {
            memset(b, i, sizeof b);
            for (size_t sent = 0; sent < sizeof b;) {
                ssize_t n = write(c, b + sent, sizeof b - sent);
                MUST(n);
                sent += (size_t)n;
            }
        }
        _exit(0);
    }
    int c = accept(s, NULL, NULL);
    long total = 0, wrong = 0;
    ssize_t n;
    while ((n = read(c, b, sizeof b)) > 0)
        for (ssize_t i = 0; i < n; i++)
            wrong += b[i] != total++ / 65536;
    VALUE(total);
    VALUE(wrong);
    show_end("child", pid);
    return 0;
}
