/* Edge-triggered epoll reports each arrival once; one-shot must be armed again.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/epoll.h>

TEST(epoll_edge)
{
    int p[2], e = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET}, got[4];
    MUST(pipe(p));
    CALL(epoll_ctl(e, EPOLL_CTL_ADD, p[0], &event));
    MUST(write(p[1], "x", 1));
    CALL(epoll_wait(e, got, 4, 0));
    CALL(epoll_wait(e, got, 4, 0));
    MUST(write(p[1], "y", 1));
    CALL(epoll_wait(e, got, 4, 0));
    event.events = EPOLLIN | EPOLLONESHOT;
    CALL(epoll_ctl(e, EPOLL_CTL_MOD, p[0], &event));
    CALL(epoll_wait(e, got, 4, 0));
    CALL(epoll_wait(e, got, 4, 0));
    CALL(epoll_ctl(e, EPOLL_CTL_MOD, p[0], &event));
    CALL(epoll_wait(e, got, 4, 0));
    return 0;
}
