/* pid, working folder, mask and blocked and pending signals survive execve; handlers become the default, ignored
 * stay.
 * Expected output: Linux on x86-64, as qemu-aarch64 cannot execute without the host's binfmt_misc. */
#include "conformance.h"

static void handler(int number) { (void)number; }
TEST(keeps)
{
    sigset_t set;
    struct sigaction action;
    if (argc > 1) {
        FACT(atoi(argv[1]) == getpid());
        VALUE(umask(0));
        char folder[4096];
        TEXT(strrchr(getcwd(folder, sizeof folder), '/'));
        sigprocmask(0, NULL, &set);
        FACT(sigismember(&set, SIGUSR1));
        FACT(sigismember(&set, SIGUSR2));
        sigpending(&set);
        FACT(sigismember(&set, SIGUSR1));
        sigaction(SIGHUP, NULL, &action);
        FACT(action.sa_handler == SIG_DFL);
        sigaction(SIGINT, NULL, &action);
        FACT(action.sa_handler == SIG_IGN);
        return 0;
    }
    char pid[12];
    snprintf(pid, sizeof pid, "%d", getpid());
    umask(027);
    MUST(mkdir("sub", 0755));
    MUST(chdir("sub"));
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    signal(SIGHUP, handler);
    signal(SIGINT, SIG_IGN);
    char *arguments[] = {"conformance", argv[0], pid, NULL};
    CALL(execv(SELF, arguments));
    return 9;
}
