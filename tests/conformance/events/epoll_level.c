/* Level-triggered epoll reports as long as there is something to read.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/epoll.h>

TEST(epoll_level)
{
    int p[2], e = epoll_create1(EPOLL_CLOEXEC);
    char c;
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = 7}, got[4];
    MUST(pipe(p));
    CALL(epoll_ctl(e, EPOLL_CTL_ADD, p[0], &event));
    CALL(epoll_wait(e, got, 4, 0));
    MUST(write(p[1], "xy", 2));
    CALL(epoll_wait(e, got, 4, -1));
    VALUE(got[0].data.u64);
    VALUE(got[0].events);
    MUST(read(p[0], &c, 1));
    CALL(epoll_wait(e, got, 4, 0));
    MUST(read(p[0], &c, 1));
    CALL(epoll_wait(e, got, 4, 0));
    close(p[1]);
    CALL(epoll_wait(e, got, 4, 0));
    VALUE(got[0].events);
    return 0;
}
