/* flock: shared and exclusive, by open file, kept over fork and given up with the last close.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/file.h>

TEST(flock)
{
    int a = open("f", O_RDWR | O_CREAT, 0600), b = open("f", O_RDWR);
    CALL(flock(a, LOCK_SH));
    CALL(flock(b, LOCK_SH | LOCK_NB));
    CALL(flock(b, LOCK_EX | LOCK_NB));
    CALL(flock(a, LOCK_UN));
    CALL(flock(b, LOCK_EX | LOCK_NB));
    CALL(flock(a, LOCK_SH | LOCK_NB));
    int c = dup(b);
    close(b);
    CALL(flock(a, LOCK_SH | LOCK_NB));
    close(c);
    CALL(flock(a, LOCK_SH | LOCK_NB));
    CALL(flock(a, 0));
    return 0;
}
