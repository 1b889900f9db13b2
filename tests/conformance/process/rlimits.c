/* Limits are kept, inherited, and the soft one stays below the hard one.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(rlimits)
{
    struct rlimit limit = {100, 200}, got;
    CALL(setrlimit(RLIMIT_NOFILE, &limit));
    pid_t pid = fork();
    if (pid == 0) {
        getrlimit(RLIMIT_NOFILE, &got);
        VALUE(got.rlim_cur);
        VALUE(got.rlim_max);
        CALL(dup2(0, 99));
        CALL(dup2(0, 100));
        limit.rlim_cur = 300;
        CALL(setrlimit(RLIMIT_NOFILE, &limit));
        CALL(setrlimit(99, &limit));
        CALL(getrlimit(99, &limit));
        _exit(0);
    }
    show_end("child", pid);
    return 0;
}
