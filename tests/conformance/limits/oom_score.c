/* oom_score_adj: inherited, bounded, raised by anybody, lowered by root.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static int set(const char *value)
{
    int fd = open("/proc/self/oom_score_adj", O_RDWR);
    int done = write(fd, value, strlen(value));
    int error = errno;
    close(fd);
    errno = error;
    return done < 0 ? -1 : 0;
}

TEST(oom_score)
{
    TEXT(read_file("/proc/self/oom_score_adj"));
    CALL(set("300"));
    TEXT(read_file("/proc/self/oom_score_adj"));
    CALL(set("1001"));
    CALL(set("-1001"));
    CALL(set("x"));
    pid_t pid = fork();
    if (pid == 0) {
        TEXT(read_file("/proc/self/oom_score_adj"));
        CALL(set("500"));
        fflush(stdout);
        _exit(0);
    }
    fflush(stdout);
    show_end("child", pid);
    TEXT(read_file("/proc/self/oom_score_adj"));
    return 0;
}
