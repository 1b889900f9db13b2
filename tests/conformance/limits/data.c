/* RLIMIT_DATA bounds private writable memory, however it is asked for; the stack and shared memory are not counted.
 * Expected output: Linux on x86-64, as qemu-aarch64 does not enforce the limit. */
#include "conformance.h"

#define MIB (1L << 20)

static int map(int protection, int kind)
{
    void *p = mmap(NULL, 32 * MIB, protection, kind | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? -1 : 0;
}

TEST(data)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit limit = {16 * MIB, 16 * MIB};
        void *later = mmap(NULL, 32 * MIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        MUST(setrlimit(RLIMIT_DATA, &limit));
        CALL(map(PROT_READ | PROT_WRITE, MAP_PRIVATE));
        CALL(map(PROT_READ, MAP_PRIVATE));
        CALL(map(PROT_READ | PROT_WRITE, MAP_SHARED));
        CALL(map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE));
        CALL(mprotect(later, 32 * MIB, PROT_READ | PROT_WRITE));
        CALL(mprotect(later, 4 * MIB, PROT_READ | PROT_WRITE));
        CALL(sbrk(32 * MIB) == (void *)-1 ? -1 : 0);
        void *volatile big = malloc(64 * MIB);
        FACT(big == NULL);
        int pieces = 0;
        while (mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
            pieces++;
        FACT(pieces >= 9 && pieces <= 12);
        fflush(stdout);
        _exit(0);
    }
    show_end("child", pid);
    return 0;
}
