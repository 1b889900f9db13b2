/* RENAME_NOREPLACE refuses an existing target; RENAME_EXCHANGE swaps.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(renameat2)
{
    write_file("a", "a");
    write_file("b", "b");
    CALL(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 1 /* RENAME_NOREPLACE */));
    CALL(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 2 /* RENAME_EXCHANGE */));
    TEXT(read_file("a"));
    TEXT(read_file("b"));
    CALL(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "none", 2));
    CALL(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "c", 1));
    CALL(syscall(SYS_renameat2, AT_FDCWD, "b", AT_FDCWD, "d", 3));
    CALL(syscall(SYS_renameat2, AT_FDCWD, "b", AT_FDCWD, "d", 64));
    return 0;
}
