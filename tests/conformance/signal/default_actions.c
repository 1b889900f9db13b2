/* What each signal does to a process that has no handler.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(default_actions)
{
    int numbers[] = {SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGUSR1, SIGSEGV,
                     SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGCHLD, SIGCONT, SIGURG, SIGXCPU, SIGXFSZ, SIGVTALRM,
                     SIGPROF, SIGWINCH, SIGIO, SIGPWR, SIGSYS};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            signal(numbers[i], SIG_DFL);
            raise(numbers[i]);
            _exit(0);
        }
        show_end(signal_name(numbers[i]), pid);
    }
    return 0;
}
