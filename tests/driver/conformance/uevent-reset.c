/* A listener in another process hears of each RESET in a message with all that Linux puts in, in its order. */
#include "uevent.h"

static void reset(void *unused)
{
    struct aimc_reset argument = {0};
    CHECK_EQUAL(call(open_device(), AIMC_IOCTL_RESET, &argument), 0);
    (void)unused;
}

int main(void)
{
    static const char form[] = "change@%s%cACTION=change%cDEVPATH=%s%cSUBSYSTEM=accel%cRESET=%d%cMAJOR=261%cMINOR=0%c"
                               "DEVNAME=accel/accel0%cDEVTYPE=accel_minor%cSEQNUM=%ld%c";
    char path[128], wanted[2048];
    ssize_t length = readlink("/sys/class/accel/accel0", path, sizeof path - 1);
    CHECK(length > 0);
    path[length] = '\0';
    const char *devpath = strstr(path, "/devices/");
    int fd = listen_to_uevents();
    long before = strtol(content("/sys/kernel/uevent_seqnum"), NULL, 10);
    for (int number = 1; number <= 2; number++) {
        CHECK(!readable(fd));
        CHECK_EQUAL(in_child(reset, NULL), 0);
        struct uevent event = next_uevent(fd);
        int size = snprintf(wanted, sizeof wanted, form, devpath, 0, 0, devpath, 0, 0, number, 0, 0, 0, 0,
                            0, before + number, 0);
        CHECK_EQUAL(event.size, size);
        CHECK(memcmp(event.text, wanted, event.size) == 0);
    }
    CHECK_EQUAL(strtol(content("/sys/kernel/uevent_seqnum"), NULL, 10), before + 2);
    return ok();
}
