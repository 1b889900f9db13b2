/* A listener that does not keep up loses events: the next receive says ENOBUFS, once, and the numbers show the gap. */
#include "uevent.h"

#define RESETS 400

int main(void)
{
    int device = open_device(), fd = listen_to_uevents(), small = 1, received = 0;
    struct aimc_reset reset = {0};
    char number[16];
    CHECK_EQUAL(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    for (int i = 0; i < RESETS; i++)
        CHECK_EQUAL(call(device, AIMC_IOCTL_RESET, &reset), 0);
    struct pollfd item = {.fd = fd, .events = POLLIN};
    CHECK_EQUAL(poll(&item, 1, 0), 1);
    CHECK_EQUAL(item.revents, POLLIN | POLLERR);
    CHECK_EQUAL(recv(fd, number, sizeof number, 0) < 0 ? -errno : 0, -ENOBUFS);
    while (readable(fd)) {
        struct uevent event = next_uevent(fd);
        snprintf(number, sizeof number, "%d", ++received);
        check_variable(&event, "RESET", number);
    }
    CHECK(received > 0 && received < RESETS);
    CHECK_EQUAL(call(device, AIMC_IOCTL_RESET, &reset), 0);
    struct uevent event = next_uevent(fd);
    snprintf(number, sizeof number, "%d", RESETS + 1);
    check_variable(&event, "RESET", number);
    return ok();
}
