/* abort kills even with SIGABRT ignored or blocked; a handler runs first.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static void handler(int number) { printf("handler for %s\n", signal_name(number)); }
TEST(abort)
{
    for (int i = 0; i < 3; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            sigset_t set;
            sigfillset(&set);
            if (i == 0)
                signal(SIGABRT, handler);
            else if (i == 1)
                signal(SIGABRT, SIG_IGN);
            else
                sigprocmask(SIG_BLOCK, &set, NULL);
            abort();
        }
        show_end("child", pid);
    }
    return 0;
}
