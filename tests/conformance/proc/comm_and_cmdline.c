/* comm can be written; cmdline is the argument vector.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/prctl.h>

TEST(comm_and_cmdline)
{
    MUST(prctl(PR_SET_NAME, "first"));
    TEXT(read_file("/proc/self/comm"));
    int fd = open("/proc/self/comm", O_WRONLY);
    CALL(write(fd, "second", 6));
    TEXT(read_file("/proc/self/comm"));
    const char *line = read_file("/proc/self/cmdline");
    const char *last = strrchr(line, '/');
    FACT(strlen(last ? last : line) > 0);
    return 0;
}
