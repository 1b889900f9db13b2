/* A lost device sends WEDGED=bus-reset, by which a monitor knows that it is to be reset; then RESET is told of. */
#include "uevent.h"

int main(void)
{
    int device = open_device(), fd = listen_to_uevents();
    inject("wedged", "1");
    struct uevent event = next_uevent(fd);
    check_variable(&event, "ACTION", "change");
    check_variable(&event, "DEVNAME", "accel/accel0");
    check_variable(&event, "WEDGED", "bus-reset");
    CHECK(variable(&event, "RESET") == NULL);
    struct aimc_reset reset = {0};
    CHECK_EQUAL(call(device, AIMC_IOCTL_RESET, &reset), 0);
    event = next_uevent(fd);
    check_variable(&event, "RESET", "1");
    CHECK(variable(&event, "WEDGED") == NULL);
    CHECK(!readable(fd));
    return ok();
}
