/* The child of a process that ended has another parent. Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(orphan)
{
    int result[2];
    MUST(pipe(result));
    pid_t pid = fork();
    if (pid == 0) {
        pid_t middle = getpid();
        if (fork() == 0) {
            while (getppid() == middle)
                sleep_ms(1);
            MUST(write(result[1], "moved", 5));
            _exit(0);
        }
        _exit(0);
    }
    show_end("middle", pid);
    char b[6] = {0};
    CALL(read(result[0], b, 5));
    TEXT(b);
    CALL(wait(NULL));
    return 0;
}
