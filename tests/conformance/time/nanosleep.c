/* nanosleep sleeps at least as long as asked, and checks its argument.
 * Expected output: Linux on x86-64, as qemu-aarch64 says EINVAL for a bad address. */
#include "conformance.h"

TEST(nanosleep)
{
    long long before = now_ms();
    CALL(nanosleep(&(struct timespec){0, 30000000}, NULL));
    long long took = now_ms() - before;
    FACT(took >= 30 && took < 3000);
    CALL(nanosleep(&(struct timespec){0, 1000000000}, NULL));
    CALL(nanosleep(&(struct timespec){-1, 0}, NULL));
    CALL(nanosleep(&(struct timespec){0, 0}, NULL));
    CALL(syscall(SYS_nanosleep, 16, NULL));
    return 0;
}
