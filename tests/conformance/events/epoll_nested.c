/* An epoll can watch an epoll; many descriptors are reported in turn.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/epoll.h>

TEST(epoll_nested)
{
    int outer = epoll_create1(0), inner = epoll_create1(0), p[2], seen = 0;
    struct epoll_event event = {.events = EPOLLIN}, got[3];
    MUST(pipe(p));
    CALL(epoll_ctl(inner, EPOLL_CTL_ADD, p[0], &event));
    CALL(epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event));
    CALL(epoll_ctl(inner, EPOLL_CTL_ADD, outer, &event));
    CALL(epoll_wait(outer, got, 3, 0));
    MUST(write(p[1], "x", 1));
    CALL(epoll_wait(outer, got, 3, 0));
    int many = epoll_create1(0);
    for (int i = 0; i < 6; i++) {
        MUST(pipe(p));
        MUST(write(p[1], "x", 1));
        event.data.u32 = 1u << i;
        MUST(epoll_ctl(many, EPOLL_CTL_ADD, p[0], &event));
    }
    for (int round = 0; round < 2; round++) {
        int n = epoll_wait(many, got, 3, 0);
        for (int i = 0; i < n; i++)
            seen |= (int)got[i].data.u32;
    }
    VALUE(seen);
    return 0;
}
