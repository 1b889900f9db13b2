/* What epoll_ctl refuses, and that closing removes.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/epoll.h>

TEST(epoll_rules)
{
    int p[2], e = epoll_create1(0), file = open("f", O_RDWR | O_CREAT, 0600);
    struct epoll_event event = {.events = EPOLLIN}, got[2];
    MUST(pipe(p));
    CALL(epoll_ctl(e, EPOLL_CTL_ADD, p[0], &event));
    CALL(epoll_ctl(e, EPOLL_CTL_ADD, p[0], &event));
    CALL(epoll_ctl(e, EPOLL_CTL_MOD, p[1], &event));
    CALL(epoll_ctl(e, EPOLL_CTL_DEL, p[1], &event));
    CALL(epoll_ctl(e, EPOLL_CTL_ADD, file, &event));
    CALL(epoll_ctl(e, EPOLL_CTL_ADD, 99, &event));
    CALL(epoll_ctl(e, EPOLL_CTL_ADD, e, &event));
    CALL(epoll_ctl(file, EPOLL_CTL_ADD, p[1], &event));
    CALL(epoll_ctl(e, 77, p[1], &event));
    CALL(epoll_wait(e, got, 0, 0));
    MUST(write(p[1], "x", 1));
    CALL(epoll_wait(e, got, 2, 0));
    close(p[0]);
    CALL(epoll_wait(e, got, 2, 0));
    CALL(epoll_create(0));
    return 0;
}
