/* What waitpid and waitid refuse.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(wait_errors)
{
    siginfo_t info;
    CALL(waitpid(-1, NULL, 0));
    CALL(waitpid(getpid(), NULL, 0));
    CALL(waitpid(-1, NULL, 0x40000));
    CALL(waitid(P_PID, 1 << 20, &info, WEXITED));
    CALL(waitid(P_ALL, 0, &info, 0));
    CALL(waitid(99, 0, &info, WEXITED));
    return 0;
}
