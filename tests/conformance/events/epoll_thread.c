/* A thread that waits in epoll is woken by an eventfd that another writes.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

static int fd;
static void *run(void *argument)
{
    uint64_t one = 1;
    (void)argument;
    sleep_ms(10);
    MUST(write(fd, &one, 8));
    return NULL;
}
TEST(epoll_thread)
{
    int e = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN}, got;
    fd = eventfd(0, 0);
    MUST(epoll_ctl(e, EPOLL_CTL_ADD, fd, &event));
    pthread_t t = start(run, NULL);
    CALL(epoll_wait(e, &got, 1, 5000));
    pthread_join(t, NULL);
    return 0;
}
