/* The low eight bits of the exit status reach the parent.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(exit_status)
{
    int codes[] = {0, 1, 255, 256, 257, -1};
    for (int i = 0; i < 6; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(codes[i]);
        show_end("child", pid);
    }
    return 0;
}
