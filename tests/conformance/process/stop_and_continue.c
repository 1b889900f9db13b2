/* A stopped child is reported once with WUNTRACED, a continued one with WCONTINUED.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(stop_and_continue)
{
    int status, gate[2];
    MUST(pipe(gate));
    pid_t pid = fork();
    if (pid == 0) {
        char c;
        close(gate[1]);
        raise(SIGSTOP);
        MUST(read(gate[0], &c, 1));
        _exit(5);
    }
    MUST(waitpid(pid, &status, WUNTRACED));
    show_status("child", status);
    CALL(waitpid(pid, &status, WUNTRACED | WNOHANG));
    CALL(kill(pid, SIGCONT));
    MUST(waitpid(pid, &status, WCONTINUED));
    show_status("child", status);
    close(gate[1]);
    show_end("child", pid);
    return 0;
}
