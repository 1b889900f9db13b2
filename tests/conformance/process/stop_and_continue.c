/* A stopped child is reported once with WUNTRACED, a continued one with WCONTINUED. Expected output: qemu-aarch64
 * and Linux on x86-64. */
#include "conformance.h"

TEST(stop_and_continue)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        raise(SIGSTOP);
        _exit(5);
    }
    MUST(waitpid(pid, &status, WUNTRACED));
    show_status("child", status);
    CALL(waitpid(pid, &status, WUNTRACED | WNOHANG));
    CALL(kill(pid, SIGCONT));
    MUST(waitpid(pid, &status, WCONTINUED));
    show_status("child", status);
    show_end("child", pid);
    return 0;
}
