/* RLIMIT_AS: malloc gives NULL at the limit, brk fails, threads cannot get their stacks, and what is given back is free.
 * Expected output: Linux on x86-64, as qemu-aarch64 does not enforce the limit. */
#include "conformance.h"

#define MIB (1L << 20)

static void *nothing(void *argument)
{
    return argument;
}

TEST(address_space)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit limit = {64 * MIB, 64 * MIB};
        MUST(setrlimit(RLIMIT_AS, &limit));
        int pieces = 0;
        char *p, *last = NULL;
        while ((p = malloc(2 * MIB)) != NULL) {
            pieces++;
            last = p;
        }
        FACT(errno == ENOMEM);
        FACT(pieces >= 20 && pieces <= 31);
        memset(last, 1, 2 * MIB);
        CALL(sbrk(8 * MIB) == (void *)-1 ? -1 : 0);
        pthread_t thread;
        FACT(pthread_create(&thread, NULL, nothing, NULL) == EAGAIN);
        free(last);
        FACT(malloc(2 * MIB) != NULL);
        void *small = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        CALL((long)mremap(small, 4096, 64 * MIB, MREMAP_MAYMOVE));
        fflush(stdout);
        _exit(0);
    }
    show_end("child", pid);
    return 0;
}
