/* Paths relative to a descriptor of a folder.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(openat)
{
    int d, fd;
    MUST(mkdir("d", 0755));
    write_file("d/f", "inside");
    OK(d = open("d", O_RDONLY | O_DIRECTORY));
    OK(fd = openat(d, "f", O_RDONLY));
    CALL(openat(fd, "f", O_RDONLY));
    CALL(openat(99, "f", O_RDONLY));
    OK(openat(99, "/dev/null", O_RDONLY));
    CALL(mkdirat(d, "sub", 0700));
    CALL(renameat(d, "f", AT_FDCWD, "g"));
    TEXT(read_file("g"));
    CALL(unlinkat(d, "sub", 0));
    CALL(unlinkat(d, "sub", AT_REMOVEDIR));
    CALL(fchdir(d));
    CALL(access("../g", F_OK));
    CALL(fchdir(fd));
    return 0;
}
