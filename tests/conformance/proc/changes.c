/* Names in /proc can be neither made nor moved; what shows a process keeps its mode.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(changes)
{
    CALL(symlink("x", "/proc/new"));
    CALL(link("/proc/version", "/proc/new"));
    CALL(mknod("/proc/new", S_IFIFO | 0600, 0));
    CALL(rename("/proc/version", "/proc/new"));
    CALL(rename("/proc/version", "/proc/uptime"));
    CALL(mkdir("/proc/version", 0755));
    CALL(open("/proc/version", O_CREAT | O_EXCL | O_RDWR, 0600));
    CALL(unlink("/proc/none"));
    CALL(unlink("/proc/self/status"));
    CALL(unlink("/proc/self/fd"));
    CALL(rmdir("/proc/version"));
    CALL(rmdir("/proc/none"));
    CALL(chmod("/proc/self/status", 0600));
    CALL(mkdir("/proc/self/fd/new", 0755));
    CALL(open("/proc/self/fd/new", O_CREAT | O_RDWR, 0600));
    CALL(mkdir("/proc/self/new", 0755));
    CALL(access("/proc/self", W_OK));
    CALL(access("/proc/self/fd", R_OK | X_OK));
    CALL(open("/proc/sys/kernel/new", O_CREAT | O_RDWR, 0600));
    CALL(mkdir("/proc/sys/kernel/new", 0755));
    return 0;
}
