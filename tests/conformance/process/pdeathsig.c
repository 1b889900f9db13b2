/* PR_SET_PDEATHSIG sends a signal when the parent ends.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/prctl.h>

TEST(pdeathsig)
{
    int result[2], ready[2];
    MUST(pipe(result));
    MUST(pipe(ready));
    pid_t pid = fork();
    if (pid == 0) {
        if (fork() == 0) {
            sigset_t set;
            int got = 0;
            sigemptyset(&set);
            sigaddset(&set, SIGUSR1);
            sigprocmask(SIG_BLOCK, &set, NULL);
            MUST(prctl(PR_SET_PDEATHSIG, SIGUSR1));
            MUST(write(ready[1], "x", 1));
            sigwait(&set, &got);
            MUST(write(result[1], got == SIGUSR1 ? "yes" : "no ", 3));
            _exit(0);
        }
        char c;
        MUST(read(ready[0], &c, 1));
        _exit(0);
    }
    show_end("parent", pid);
    char b[4] = {0};
    CALL(read(result[0], b, 3));
    TEXT(b);
    return 0;
}
