/* chroot changes what / is, and .. stays inside.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(chroot)
{
    if (getuid() != 0) {
        printf("needs root\n");
        return 0;
    }
    MUST(mkdir("r", 0755));
    write_file("r/f", "inside");
    CALL(chroot("r/f"));
    CALL(chroot("none"));
    CALL(chroot("r"));
    CALL(chdir("/"));
    CALL(access("/f", F_OK));
    CALL(access("/../../f", F_OK));
    CALL(access("/dev/null", F_OK));
    char b[64];
    TEXT(getcwd(b, sizeof b));
    return 0;
}
