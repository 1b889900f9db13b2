/* select and pselect: sets in and out, timeouts, and bad descriptors.
 * Expected output: Linux on x86-64; qemu-aarch64 takes some closed descriptors for open. */
#include "conformance.h"
#include <sys/select.h>

TEST(select)
{
    int p[2];
    fd_set in, out;
    struct timeval t = {0, 10000};
    MUST(pipe(p));
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_SET(p[0], &in);
    FD_SET(p[1], &out);
    CALL(select(p[1] + 1, &in, &out, NULL, NULL));
    FACT(FD_ISSET(p[0], &in));
    FACT(FD_ISSET(p[1], &out));
    FD_SET(p[0], &in);
    CALL(select(p[0] + 1, &in, NULL, NULL, &t));
    FACT(FD_ISSET(p[0], &in));
    MUST(write(p[1], "x", 1));
    FD_SET(p[0], &in);
    CALL(select(p[0] + 1, &in, NULL, NULL, NULL));
    close(99); // whoever started the program may have left it open
    FD_SET(99, &in);
    CALL(select(100, &in, NULL, NULL, NULL));
    CALL(select(-1, NULL, NULL, NULL, NULL));
    CALL(pselect(0, NULL, NULL, NULL, &(struct timespec){0, 1000}, NULL));
    return 0;
}
