/* Two processes that hand a byte back and forth a thousand times.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(ping_pong)
{
    int there[2], back[2];
    char c = 'x';
    MUST(pipe(there));
    MUST(pipe(back));
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < 1000; i++) {
            MUST(read(there[0], &c, 1));
            c++;
            MUST(write(back[1], &c, 1));
        }
        _exit(0);
    }
    for (int i = 0; i < 1000; i++) {
        MUST(write(there[1], &c, 1));
        MUST(read(back[0], &c, 1));
    }
    VALUE((unsigned char)c);
    show_end("child", pid);
    return 0;
}
