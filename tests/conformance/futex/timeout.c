/* A wait ends with ETIMEDOUT after its time, relative or absolute.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <linux/futex.h>

TEST(timeout)
{
    int word = 0;
    struct timespec t = {0, 20000000};
    long long before = now_ms();
    CALL(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &t, NULL, 0));
    FACT(now_ms() - before >= 20);
    clock_gettime(CLOCK_MONOTONIC, &t);
    CALL(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 0, &t, NULL, FUTEX_BITSET_MATCH_ANY));
    t.tv_nsec = 2000000000;
    CALL(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &t, NULL, 0));
    CALL(syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, 0));
    return 0;
}
