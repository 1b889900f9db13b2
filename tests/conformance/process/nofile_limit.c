/* Opening fails with EMFILE at RLIMIT_NOFILE, and works again after a close.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(nofile_limit)
{
    struct rlimit limit = {16, 16};
    MUST(setrlimit(RLIMIT_NOFILE, &limit));
    int fd, last = -1;
    while ((fd = open("/dev/null", O_RDONLY)) >= 0)
        last = fd;
    VALUE(last);
    CALL(open("/dev/null", O_RDONLY));
    int both[2];
    CALL(pipe(both));
    close(last);
    CALL(open("/dev/null", O_RDONLY));
    return 0;
}
