/* What is in /proc cannot be created, removed or truncated away.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(permissions)
{
    CALL(open("/proc/new", O_CREAT | O_RDWR, 0600));
    CALL(mkdir("/proc/new", 0755));
    CALL(unlink("/proc/version"));
    CALL(rmdir("/proc/self/fd"));
    CALL(access("/proc/version", R_OK));
    CALL(open("/proc/self/none", O_RDONLY));
    CALL(open("/proc/version/x", O_RDONLY));
    return 0;
}
