/* exit runs handlers in reverse and flushes, _exit does neither.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static void first(void) { printf("first\n"); }
static void second(void) { printf("second\n"); }
TEST(atexit)
{
    for (int i = 0; i < 2; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            atexit(first);
            atexit(second);
            if (i)
                exit(1);
            _exit(2);
        }
        show_end("child", pid);
    }
    return 0;
}
