/* close_range closes a range, or marks it.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(close_range)
{
    for (int i = 20; i < 26; i++)
        MUST(dup2(0, i));
    CALL(syscall(SYS_close_range, 20, 22, 0));
    CALL(fcntl(22, F_GETFD));
    CALL(fcntl(23, F_GETFD));
    CALL(syscall(SYS_close_range, 23, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */));
    CALL(fcntl(25, F_GETFD));
    CALL(syscall(SYS_close_range, 5, 4, 0));
    CALL(syscall(SYS_close_range, 5, 6, 64));
    return 0;
}
