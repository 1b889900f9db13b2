/* Listeners that wait in poll, epoll_wait and recv are woken by an event, and all get it. */
#include "uevent.h"

#include <sys/epoll.h>

static void *wait_in_poll(void *socket)
{
    struct pollfd item = {.fd = *(int *)socket, .events = POLLIN};
    CHECK_EQUAL(poll(&item, 1, -1), 1);
    CHECK_EQUAL(item.revents, POLLIN);
    return NULL;
}

static void *wait_in_epoll(void *socket)
{
    int set = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    CHECK(set >= 0);
    CHECK_EQUAL(epoll_ctl(set, EPOLL_CTL_ADD, *(int *)socket, &event), 0);
    CHECK_EQUAL(epoll_wait(set, &event, 1, -1), 1);
    CHECK_EQUAL(event.events, EPOLLIN);
    CHECK_EQUAL(epoll_wait(set, &event, 1, 0), 0);
    return NULL;
}

static void *wait_in_recv(void *socket)
{
    char first[7];
    CHECK_EQUAL(recv(*(int *)socket, first, sizeof first, MSG_PEEK), sizeof first);
    CHECK(memcmp(first, "change@", sizeof first) == 0);
    return NULL;
}

int main(void)
{
    void *(*const bodies[])(void *) = {wait_in_poll, wait_in_epoll, wait_in_recv};
    pthread_t threads[3];
    int sockets[3];
    for (int i = 0; i < 3; i++) {
        sockets[i] = listen_to_uevents();
        CHECK_EQUAL(pthread_create(&threads[i], NULL, bodies[i], &sockets[i]), 0);
    }
    sleep_ns(MS);
    inject("wedged", "1");
    for (int i = 0; i < 3; i++) {
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
        struct uevent event = next_uevent(sockets[i]);
        check_variable(&event, "WEDGED", "bus-reset");
        CHECK(!readable(sockets[i]));
    }
    return ok();
}
