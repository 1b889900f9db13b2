/* chmod, access and the set-id bits.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(modes)
{
    struct stat st;
    write_file("f", "x");
    CALL(chmod("f", 04751));
    stat("f", &st);
    VALUE(st.st_mode & 07777);
    int fd = open("f", O_RDONLY);
    CALL(fchmod(fd, 0400));
    CALL(access("f", R_OK));
    CALL(access("f", X_OK));
    CALL(access("f", 99));
    CALL(chmod("none", 0));
    CALL(fchmodat(AT_FDCWD, "f", 0600, 0));
    stat("f", &st);
    VALUE(st.st_mode & 07777);
    return 0;
}
