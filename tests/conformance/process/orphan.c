/* The child of a process that ended has another parent, which is not its grandparent.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static int result[2];
static void grandparent(void)
{
    char b[6] = {0};
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
    CALL(read(result[0], b, 5));
    TEXT(b);
    CALL(wait(NULL));
}
TEST(orphan)
{
    MUST(pipe(result));
    /* Not in the program's first process: where that is init, it is the one that orphans go to. */
    pid_t pid = fork();
    if (pid == 0) {
        grandparent();
        _exit(0);
    }
    show_end("grandparent", pid);
    return 0;
}
