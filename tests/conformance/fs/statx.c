/* statx tells what stat does, and which fields are there.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(statx)
{
    struct statx x;
    write_file("f", "12345");
    MUST(chmod("f", 0640));
    CALL(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &x));
    FACT((x.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
    VALUE(x.stx_size);
    VALUE(x.stx_mode & 07777);
    VALUE(x.stx_nlink);
    FACT(S_ISREG(x.stx_mode));
    int fd = open("f", O_RDONLY);
    CALL(statx(fd, "", AT_EMPTY_PATH, STATX_SIZE, &x));
    VALUE(x.stx_size);
    CALL(statx(fd, "", 0, STATX_SIZE, &x));
    CALL(statx(AT_FDCWD, "none", 0, STATX_SIZE, &x));
    CALL(statx(AT_FDCWD, "f", 0x40000000, STATX_SIZE, &x));
    return 0;
}
