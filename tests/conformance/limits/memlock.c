/* RLIMIT_MEMLOCK: who may lock how much.
 * Expected output: Linux on x86-64, as qemu-aarch64 leaves the limit to its host. */
#include "conformance.h"

static long locked(void)
{
    char line[256];
    long found = -1;
    FILE *file = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, file))
        if (strncmp(line, "VmLck:", 6) == 0)
            found = atol(line + 6);
    fclose(file);
    return found;
}

/* Not by the C library: one of them makes another error of EPERM. */
static int map_locked(void)
{
    return syscall(SYS_mmap, NULL, 4096L, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0L) == -1 ? -1 : 0;
}

TEST(memlock)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit limit = {64 << 10, 64 << 10}, none = {0, 0};
        char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        unsigned char there[4];
        CALL(mlock(p, 1 << 20));
        VALUE(locked());
        CALL(munlock(p, 1 << 20));
        MUST(setrlimit(RLIMIT_MEMLOCK, &limit));
        MUST(setgid(12345));
        MUST(setuid(12345));
        madvise(p, 1 << 20, MADV_DONTNEED);
        CALL(mlock(p, 64 << 10));
        MUST(mincore(p, 16384, there));
        VALUE(there[0] & there[3] & 1);
        VALUE(locked());
        CALL(mlock(p, 64 << 10));
        CALL(mlock(p + (64 << 10), 1));
        CALL(munlock(p + 4096, 4096));
        VALUE(locked());
        CALL(mlock(p + (64 << 10), 1));
        VALUE(locked());
        CALL(munmap(p + (64 << 10), 4096));
        VALUE(locked());
        CALL(mlock(p + 4096, 4096 * 2));
        CALL(mlock(p + (64 << 10), 1));
        CALL(map_locked());
        CALL(mlockall(MCL_CURRENT));
        CALL(mlockall(0));
        CALL(mlockall(99));
        CALL(munlockall());
        VALUE(locked());
        CALL(mlock(p + (68 << 10), 4096));
        char *moved = mremap(p + (68 << 10), 4096, 8192, MREMAP_MAYMOVE);
        FACT(moved != MAP_FAILED);
        VALUE(locked());
        CALL(mremap(moved, 8192, 128 << 10, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0);
        pid_t child = fork();
        if (child == 0) {
            printf("after fork: %ld\n", locked());
            fflush(stdout);
            _exit(0);
        }
        show_end("its child", child);
        MUST(setrlimit(RLIMIT_MEMLOCK, &none));
        CALL(mlock(p, 4096));
        CALL(mlockall(MCL_FUTURE));
        CALL(map_locked());
        CALL(munlock(p, 1 << 20));
        fflush(stdout);
        _exit(0);
    }
    fflush(stdout);
    show_end("child", pid);
    return 0;
}
