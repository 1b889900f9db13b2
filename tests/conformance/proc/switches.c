/* /proc/PID/status and schedstat count switches and time; two that share a core are switched against their will.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static long long field(const char *path, const char *name)
{
    char line[256];
    long long value = -1;
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0)
            value = atoll(line + strlen(name));
    if (file)
        fclose(file);
    return value;
}

static void spin(void)
{
    struct timespec now;
    do {
        for (volatile int i = 0; i < 200000; i++)
            ;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    } while (now.tv_sec * 1000 + now.tv_nsec / 1000000 < 100);
}

TEST(switches)
{
    long long before = field("/proc/self/status", "voluntary_ctxt_switches:");
    for (int i = 0; i < 10; i++)
        sleep_ms(1);
    FACT(field("/proc/self/status", "voluntary_ctxt_switches:") - before >= 10);
    cpu_set_t one;
    MUST(sched_getaffinity(0, sizeof one, &one));
    int core = 0;
    while (!CPU_ISSET(core, &one))
        core++;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    MUST(sched_setaffinity(0, sizeof one, &one));
    pid_t pid = fork();
    spin();
    if (pid == 0)
        _exit(0);
    FACT(field("/proc/self/status", "nonvoluntary_ctxt_switches:") > 0);
    unsigned long long ran, waited, slices;
    FILE *file = fopen("/proc/self/schedstat", "r");
    FACT(fscanf(file, "%llu %llu %llu", &ran, &waited, &slices) == 3);
    fclose(file);
    FACT(ran >= 90000000);
    FACT(waited >= 10000000);
    FACT(slices > 10);
    show_end("child", pid);
    return 0;
}
