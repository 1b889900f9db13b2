/* RLIMIT_STACK: a program that is executed under a limit gets so much stack and SIGSEGV beyond it.
 * Expected output: Linux on x86-64, as qemu-aarch64 has a stack of its own. */
#include "conformance.h"

static void use(long bytes)
{
    volatile char *room = __builtin_alloca(bytes);
    for (long at = bytes - 1; at >= 0; at -= 4096)
        room[at] = 1;
}

static void run(const char *size)
{
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit limit = {1 << 20, 4 << 20};
        MUST(setrlimit(RLIMIT_STACK, &limit));
        execl(SELF, SELF, "stack", size, (char *)NULL);
        _exit(1);
    }
    show_end(size, pid);
}

TEST(stack)
{
    if (argc > 1) {
        /* The limit counts at each growth, not only when the program starts. */
        if (strcmp(argv[1], "raised") == 0) {
            struct rlimit limit = {4 << 20, 4 << 20};
            MUST(setrlimit(RLIMIT_STACK, &limit));
            use(3 << 20);
            return 0;
        }
        use(atol(argv[1]) << 10);
        return 0;
    }
    run("500");
    run("900");
    run("1100");
    run("3000");
    run("raised");
    return 0;
}
