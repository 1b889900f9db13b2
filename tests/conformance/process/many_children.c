/* A hundred children at once, each reaped with its own status.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(many_children)
{
    pid_t pids[100];
    int right = 0;
    for (int i = 0; i < 100; i++)
        if ((pids[i] = fork()) == 0)
            _exit(i);
    for (int i = 99; i >= 0; i--) {
        int status;
        MUST(waitpid(pids[i], &status, 0));
        right += WIFEXITED(status) && WEXITSTATUS(status) == i;
    }
    VALUE(right);
    return 0;
}
