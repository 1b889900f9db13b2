/* Writing beyond RLIMIT_FSIZE is SIGXFSZ, or EFBIG if that is ignored.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(fsize_limit)
{
    struct rlimit limit = {10, 10};
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    MUST(setrlimit(RLIMIT_FSIZE, &limit));
    CALL(write(fd, "0123456789abc", 13));
    pid_t pid = fork();
    if (pid == 0) {
        if (write(fd, "x", 1) == 1)
            _exit(1);
        _exit(2);
    }
    show_end("child", pid);
    signal(SIGXFSZ, SIG_IGN);
    CALL(write(fd, "x", 1));
    CALL(ftruncate(fd, 11));
    return 0;
}
