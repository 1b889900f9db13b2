/* Device, driver and module lead to each other in /sys; the driver is built in, so there is no list of modules. */
#include "check.h"
#include <limits.h>

static void leads_to(const char *link, const char *place)
{
    char found[PATH_MAX];
    CHECK(realpath(link, found) != NULL);
    CHECK(strcmp(found, place) == 0);
}

int main(void)
{
    leads_to("/sys/class/accel/accel0/device", "/sys/devices/platform/aimc");
    leads_to("/sys/class/accel/accel0/device/driver", "/sys/bus/platform/drivers/aimc");
    leads_to("/sys/bus/platform/drivers/aimc/aimc", "/sys/devices/platform/aimc");
    leads_to("/sys/bus/platform/devices/aimc", "/sys/devices/platform/aimc");
    leads_to("/sys/devices/platform/aimc/subsystem", "/sys/bus/platform");
    leads_to("/sys/class/accel/accel0/subsystem", "/sys/class/accel");
    CHECK_EQUAL(access("/sys/class/platform", F_OK), -1);
    CHECK(strcmp(content("/sys/devices/platform/aimc/uevent"), "DRIVER=aimc\nMODALIAS=platform:aimc\n") == 0);
    CHECK(strstr(content("/sys/class/accel/accel0/uevent"), "DEVTYPE=accel_minor\n") != NULL);
    CHECK(strstr(content("/sys/class/accel/accel0/uevent"), "DRIVER=") == NULL);
    leads_to("/sys/class/accel/accel0/device/driver/module", "/sys/module/aimc");
    leads_to("/sys/module/aimc/drivers/platform:aimc", "/sys/bus/platform/drivers/aimc");
    CHECK_EQUAL(atoi(content("/sys/module/aimc/version")), device_info(open_device()).interface);
    CHECK_EQUAL(access("/sys/module/aimc/refcnt", F_OK), -1);
    CHECK_EQUAL(access("/proc/modules", F_OK), -1);
    return ok();
}
