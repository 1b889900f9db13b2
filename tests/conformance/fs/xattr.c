/* Extended attributes of the user namespace.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/xattr.h>

TEST(xattr)
{
    char b[32] = {0};
    write_file("f", "x");
    CALL(setxattr("f", "user.a", "value", 5, 0));
    CALL(setxattr("f", "user.a", "v", 1, XATTR_CREATE));
    CALL(setxattr("f", "user.b", "v", 1, XATTR_REPLACE));
    CALL(getxattr("f", "user.a", b, sizeof b));
    TEXT(b);
    CALL(getxattr("f", "user.a", b, 2));
    CALL(getxattr("f", "user.none", b, sizeof b));
    CALL(removexattr("f", "user.a"));
    CALL(removexattr("f", "user.a"));
    return 0;
}
