/* getrusage counts faults and switches, of threads, of the process and of children that were waited for.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static struct rusage usage(int who)
{
    struct rusage found;
    MUST(getrusage(who, &found));
    return found;
}

static void touch(int pages)
{
    char *p = mmap(NULL, pages * 4096L, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < pages; i++)
        p[i * 4096L] = 1;
    munmap(p, pages * 4096L);
}

static void *other(void *argument)
{
    struct rusage before = usage(RUSAGE_THREAD);
    touch(64);
    for (int i = 0; i < 40; i++)
        sleep_ms(1);
    struct rusage after = usage(RUSAGE_THREAD);
    FACT(after.ru_nvcsw - before.ru_nvcsw >= 40);
    return argument;
}

TEST(rusage_counts)
{
    struct rusage before = usage(RUSAGE_SELF);
    touch(100);
    struct rusage after = usage(RUSAGE_SELF);
    FACT(after.ru_minflt - before.ru_minflt >= 1);
    FACT(after.ru_majflt == before.ru_majflt);
    before = usage(RUSAGE_SELF);
    for (int i = 0; i < 5; i++)
        sleep_ms(1);
    after = usage(RUSAGE_SELF);
    FACT(after.ru_nvcsw - before.ru_nvcsw >= 5);
    pthread_t thread = start(other, NULL);
    pthread_join(thread, NULL);
    /* The process has what its threads did, also when they are over; this thread has not. */
    struct rusage process = usage(RUSAGE_SELF), own = usage(RUSAGE_THREAD);
    FACT(process.ru_nvcsw - own.ru_nvcsw >= 40);
    struct rusage children = usage(RUSAGE_CHILDREN);
    VALUE(children.ru_minflt);
    VALUE(children.ru_nvcsw);
    pid_t pid = fork();
    if (pid == 0) {
        touch(200);
        for (int i = 0; i < 10; i++)
            sleep_ms(1);
        _exit(0);
    }
    int status;
    struct rusage child;
    FACT(wait4(pid, &status, 0, &child) == pid);
    FACT(child.ru_minflt > 0);
    FACT(child.ru_nvcsw >= 10);
    children = usage(RUSAGE_CHILDREN);
    FACT(children.ru_minflt == child.ru_minflt);
    FACT(children.ru_nvcsw == child.ru_nvcsw);
    FACT(children.ru_maxrss == child.ru_maxrss);
    /* What was mapped but never touched is not resident. */
    long resident = usage(RUSAGE_SELF).ru_maxrss;
    void *big = mmap(NULL, 1L << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    FACT(big != MAP_FAILED);
    FACT(usage(RUSAGE_SELF).ru_maxrss - resident < 1 << 18);
    return 0;
}
