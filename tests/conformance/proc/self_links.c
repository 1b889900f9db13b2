/* /proc/self is the process; exe, cwd and fd are links to what they name.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(self_links)
{
    char link[PATH_MAX] = {0}, folder[PATH_MAX], pid[16];
    CALL(readlink("/proc/self", link, sizeof link) > 0 ? 0 : -1);
    snprintf(pid, sizeof pid, "%d", getpid());
    FACT(strcmp(link, pid) == 0);
    ssize_t n = readlink("/proc/self/cwd", link, sizeof link - 1);
    link[n > 0 ? n : 0] = 0;
    FACT(strcmp(link, getcwd(folder, sizeof folder)) == 0);
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    n = readlink(path, link, sizeof link - 1);
    link[n > 0 ? n : 0] = 0;
    TEXT(strrchr(link, '/'));
    OK(open(path, O_RDONLY));
    unlink("f");
    n = readlink(path, link, sizeof link - 1);
    link[n > 0 ? n : 0] = 0;
    TEXT(strrchr(link, '/'));
    CALL(access("/proc/self/exe", X_OK));
    CALL(access("/proc/1048577", F_OK));
    return 0;
}
