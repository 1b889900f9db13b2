/* What the programs about uevents share: a socket that listens, and one message from it. */
#ifndef AIMC_CONFORMANCE_UEVENT_H
#define AIMC_CONFORMANCE_UEVENT_H

#include "check.h"

#include <linux/netlink.h>
#include <sys/socket.h>

/* A socket of NETLINK_KOBJECT_UEVENT that is bound to the kernel's group. */
HELPER int listen_to_uevents(void)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1};
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
    CHECK(fd >= 0);
    CHECK_EQUAL(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

struct uevent {
    char text[2048];
    size_t size;
};

/* Wait for the next message, which must be the kernel's. */
HELPER struct uevent next_uevent(int fd)
{
    struct uevent event;
    struct sockaddr_nl sender;
    socklen_t size = sizeof sender;
    ssize_t received = recvfrom(fd, event.text, sizeof event.text, 0, (struct sockaddr *)&sender, &size);
    CHECK(received > 0);
    CHECK_EQUAL(size, sizeof sender);
    CHECK_EQUAL(sender.nl_pid, 0);
    CHECK_EQUAL(sender.nl_groups, 1);
    CHECK_EQUAL(event.text[received - 1], '\0');
    event.size = (size_t)received;
    return event;
}

/* The value of a variable of the event; NULL if it has none of that name. */
HELPER const char *variable(const struct uevent *event, const char *name)
{
    size_t length = strlen(name);
    for (const char *text = event->text; text < event->text + event->size; text += strlen(text) + 1)
        if (strncmp(text, name, length) == 0 && text[length] == '=')
            return text + length + 1;
    return NULL;
}

HELPER void check_variable(const struct uevent *event, const char *name, const char *wanted)
{
    const char *seen = variable(event, name);
    if (seen == NULL || strcmp(seen, wanted) != 0) {
        dprintf(1, "%s is %s, not %s\n", name, seen == NULL ? "missing" : seen, wanted);
        _exit(1);
    }
}

#endif
