/* O_TMPFILE makes a file without a name that linkat can name.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(tmpfile)
{
    char path[64];
    struct stat st;
    int fd = open(".", O_TMPFILE | O_RDWR, 0600);
    FACT(fd >= 0);
    CALL(write(fd, "unnamed", 7));
    fstat(fd, &st);
    VALUE(st.st_nlink);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    CALL(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
    TEXT(read_file("named"));
    CALL(open(".", O_TMPFILE | O_RDONLY, 0600));
    return 0;
}
