/* WNOHANG gives 0 while the child runs.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(wait_nohang)
{
    int gate[2], status;
    MUST(pipe(gate));
    pid_t pid = fork();
    if (pid == 0) {
        char c;
        close(gate[1]);
        MUST(read(gate[0], &c, 1));
        _exit(3);
    }
    CALL(waitpid(pid, &status, WNOHANG));
    close(gate[1]);
    show_end("child", pid);
    CALL(waitpid(pid, &status, WNOHANG));
    return 0;
}
