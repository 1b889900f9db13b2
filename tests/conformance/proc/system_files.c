/* Files about the system that programs read.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static int has(const char *path, const char *text)
{
    static char all[65536];
    int fd = open(path, O_RDONLY);
    ssize_t got = 0, n;
    if (fd < 0)
        return 0;
    while ((n = read(fd, all + got, sizeof all - 1 - (size_t)got)) > 0)
        got += n;
    all[got] = 0;
    close(fd);
    return strstr(all, text) != NULL;
}
TEST(system_files)
{
    FACT(has("/proc/cpuinfo", "processor\t: 0"));
    FACT(has("/proc/meminfo", "MemTotal:"));
    FACT(has("/proc/meminfo", "MemAvailable:"));
    FACT(has("/proc/stat", "cpu0 "));
    FACT(has("/proc/stat", "btime "));
    FACT(has("/proc/uptime", "."));
    FACT(has("/proc/loadavg", "/"));
    FACT(has("/proc/version", "Linux version "));
    FACT(has("/proc/filesystems", "tmpfs"));
    FACT(has("/proc/mounts", " / "));
    FACT(has("/proc/sys/kernel/ostype", "Linux"));
    FACT(has("/proc/sys/kernel/pid_max", "\n"));
    FACT(has("/sys/devices/system/cpu/online", "0"));
    return 0;
}
