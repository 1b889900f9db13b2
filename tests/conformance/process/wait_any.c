/* wait reaps each child once, then says ECHILD.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(wait_any)
{
    int sum = 0;
    for (int i = 1; i <= 5; i++)
        if (fork() == 0)
            _exit(1 << i);
    for (int i = 0; i < 5; i++) {
        int status;
        MUST(wait(&status));
        sum += WEXITSTATUS(status);
    }
    VALUE(sum);
    CALL(wait(NULL));
    return 0;
}
