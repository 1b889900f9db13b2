/* /proc/self/status has the fields that tools read.
 * Expected output: Linux on x86-64, as qemu-aarch64 has a thread of its own. */
#include "conformance.h"

TEST(status)
{
    static char text[8192];
    int fd = open("/proc/self/status", O_RDONLY);
    ssize_t got = 0, n;
    while ((n = read(fd, text + got, sizeof text - 1 - (size_t)got)) > 0)
        got += n;
    char expected[32];
    snprintf(expected, sizeof expected, "\nPid:\t%d\n", getpid());
    FACT(strstr(text, expected));
    snprintf(expected, sizeof expected, "\nPPid:\t%d\n", getppid());
    FACT(strstr(text, expected));
    FACT(strstr(text, "\nState:\tR (running)\n"));
    FACT(strstr(text, "\nThreads:\t1\n"));
    FACT(strstr(text, "\nVmRSS:\t"));
    FACT(strstr(text, "\nUid:\t"));
    FACT(strstr(text, "\nSigBlk:\t"));
    FACT(strstr(text, "\nCpus_allowed_list:\t"));
    return 0;
}
