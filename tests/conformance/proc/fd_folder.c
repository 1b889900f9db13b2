/* /proc/self/fd lists the open descriptors.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <dirent.h>

TEST(fd_folder)
{
    int count = 0, has = 0;
    MUST(dup2(0, 77));
    DIR *d = opendir("/proc/self/fd");
    struct dirent *e;
    while ((e = readdir(d)))
        if (e->d_name[0] != '.') {
            count++;
            has |= atoi(e->d_name) == 77;
        }
    FACT(has);
    FACT(count >= 4);
    char link[64] = {0};
    int p[2];
    char path[64];
    MUST(pipe(p));
    snprintf(path, sizeof path, "/proc/self/fd/%d", p[0]);
    CALL(readlink(path, link, sizeof link) > 0 ? 0 : -1);
    FACT(strncmp(link, "pipe:[", 6) == 0);
    return 0;
}
