/* /proc/devices names the driver's major number once, among character devices. */
#include "check.h"

int main(void)
{
    const char *devices = content("/proc/devices");
    const char *block = strstr(devices, "Block devices:");
    const char *line = strstr(devices, "\n261 accel\n");
    CHECK(strncmp(devices, "Character devices:\n", 19) == 0);
    CHECK(line != NULL);
    CHECK(block == NULL || line < block);
    CHECK(strstr(line + 1, "\n261 accel\n") == NULL);
    return ok();
}
