/* The four stop signals stop; all but SIGSTOP can be ignored.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(stop_signals)
{
    int numbers[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU}, status;
    for (int i = 0; i < 4; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            /* In the parent's session, so that the group is not orphaned. */
            setpgid(0, 0);
            raise(numbers[i]);
            signal(numbers[i], SIG_IGN);
            if (numbers[i] != SIGSTOP)
                raise(numbers[i]);
            _exit(i);
        }
        MUST(waitpid(pid, &status, WUNTRACED));
        show_status("child", status);
        kill(pid, SIGCONT);
        show_end("child", pid);
    }
    return 0;
}
