/* A writer of much waits for the reader; all bytes come in order.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(pipe_blocks)
{
    static char b[300000];
    int p[2], wrong = 0;
    long total = 0;
    MUST(pipe(p));
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < 300000; i++)
            b[i] = (char)(i % 251);
        close(p[0]);
        _exit(write(p[1], b, 300000) == 300000 ? 0 : 1);
    }
    close(p[1]);
    ssize_t got;
    while ((got = read(p[0], b, 7777)) > 0)
        for (ssize_t i = 0; i < got; i++)
            wrong += b[i] != (char)(total++ % 251);
    VALUE(total);
    VALUE(wrong);
    show_end("child", pid);
    return 0;
}
