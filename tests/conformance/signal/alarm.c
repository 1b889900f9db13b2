/* alarm returns what was left of the previous one, and 0 cancels.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(alarm)
{
    CALL(alarm(100));
    FACT(alarm(50) >= 99);
    FACT(alarm(0) >= 49);
    CALL(alarm(0));
    pid_t pid = fork();
    if (pid == 0) {
        alarm(1);
        pause();
        _exit(0);
    }
    show_end("child", pid);
    return 0;
}
