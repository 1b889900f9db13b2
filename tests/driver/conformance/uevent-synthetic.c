/* Writing an action to the device's uevent file sends that event, marked as made up; only root may. */
#include "uevent.h"

#define UUID "01234567-89ab-cdef-0123-456789abcdef"

static const char file[] = "/sys/class/accel/accel0/uevent";

static int store(const char *text)
{
    int fd = open(file, O_WRONLY);
    if (fd < 0)
        return -errno;
    int result = write(fd, text, strlen(text)) < 0 ? -errno : 0;
    CHECK_EQUAL(close(fd), 0);
    return result;
}

static void store_as_somebody(void *unused)
{
    CHECK_EQUAL(setuid(1000), 0);
    CHECK_EQUAL(store("change"), -EACCES);
    (void)unused;
}

int main(void)
{
    int fd = listen_to_uevents();
    CHECK_EQUAL(store("add\n"), 0);
    struct uevent event = next_uevent(fd);
    check_variable(&event, "ACTION", "add");
    check_variable(&event, "SUBSYSTEM", "accel");
    check_variable(&event, "SYNTH_UUID", "0");
    CHECK_EQUAL(store("change " UUID " KEY=value"), 0);
    event = next_uevent(fd);
    check_variable(&event, "ACTION", "change");
    check_variable(&event, "SYNTH_UUID", UUID);
    check_variable(&event, "SYNTH_ARG_KEY", "value");
    check_variable(&event, "DEVNAME", "accel/accel0");
    CHECK_EQUAL(store("wedge"), -EINVAL);
    CHECK_EQUAL(store("change " UUID " KEY=no_word"), -EINVAL);
    CHECK_EQUAL(in_child(store_as_somebody, NULL), 0);
    CHECK(!readable(fd));
    return ok();
}
