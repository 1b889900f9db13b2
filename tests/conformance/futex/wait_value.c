/* FUTEX_WAIT returns at once if the word has another value.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <linux/futex.h>

TEST(wait_value)
{
    int word = 5;
    CALL(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 4, NULL, NULL, 0));
    CALL(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
    CALL(syscall(SYS_futex, (char *)&word + 1, FUTEX_WAIT_PRIVATE, 5, NULL, NULL, 0));
    CALL(syscall(SYS_futex, 16, FUTEX_WAIT_PRIVATE, 5, NULL, NULL, 0));
    CALL(syscall(SYS_futex, &word, 127, 5, NULL, NULL, 0));
    return 0;
}
