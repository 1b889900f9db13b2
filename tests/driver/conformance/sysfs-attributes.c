/* The attributes in /sys say what QUERY says, one number and a line feed each. */
#include "check.h"

static long number(const char *name)
{
    char path[128], *end;
    snprintf(path, sizeof path, "/sys/class/accel/accel0/device/%s", name);
    long value = strtol(content(path), &end, 10);
    CHECK(strcmp(end, "\n") == 0);
    return value;
}

int main(void)
{
    struct aimc_device_info info = device_info(open_device());
    CHECK_EQUAL(number("tiles"), info.tiles);
    CHECK_EQUAL(number("rows"), info.rows);
    CHECK_EQUAL(number("columns"), info.columns);
    CHECK_EQUAL(number("interface"), info.interface);
    CHECK(strcmp(content("/sys/class/accel/accel0/dev"), "261:0\n") == 0);
    CHECK(strstr(content("/sys/dev/char/261:0/uevent"), "DEVNAME=accel/accel0\n") != NULL);
    CHECK_EQUAL(open("/sys/class/accel/accel0/device/tiles", O_WRONLY | O_TRUNC) < 0 ? -errno : 0, -EACCES);
    return ok();
}
