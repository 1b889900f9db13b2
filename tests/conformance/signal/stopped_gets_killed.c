/* A stopped process keeps signals pending until it is continued, but SIGKILL ends it at once.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(stopped_gets_killed)
{
    int status;
    for (int i = 0; i < 2; i++) {
        pid_t pid = fork();
        if (pid == 0)
            for (;;)
                pause();
        kill(pid, SIGSTOP);
        MUST(waitpid(pid, &status, WUNTRACED));
        show_status("child", status);
        kill(pid, i ? SIGKILL : SIGTERM);
        if (!i) {
            sleep_ms(5);
            CALL(waitpid(pid, &status, WNOHANG));
            kill(pid, SIGCONT);
        }
        show_end("child", pid);
    }
    return 0;
}
