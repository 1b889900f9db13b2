/* kill with a negative pid reaches a whole group.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(kill_group)
{
    pid_t first = fork();
    if (first == 0)
        for (;;)
            pause();
    MUST(setpgid(first, first));
    pid_t second = fork();
    if (second == 0)
        for (;;)
            pause();
    MUST(setpgid(second, first));
    CALL(kill(-first, SIGTERM));
    show_end("first", first);
    show_end("second", second);
    CALL(kill(-first, 0));
    return 0;
}
