/* A device ages a hundred years at most, and what is refused does not count. */
#include "check.h"

#define YEAR (366ull * 24 * 3600 * 1000 * MS)

int main(void)
{
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct aimc_advance_time advance = {.delta_ns = 101 * YEAR};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_ADVANCE_TIME, &advance), -EINVAL);
    advance.delta_ns = UINT64_MAX;
    CHECK_EQUAL(call(fd, AIMC_IOCTL_ADVANCE_TIME, &advance), -EINVAL);
    advance = (struct aimc_advance_time){.delta_ns = 1, .pad = 1};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_ADVANCE_TIME, &advance), -EINVAL);
    advance = (struct aimc_advance_time){.delta_ns = 60 * YEAR};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_ADVANCE_TIME, &advance), 0);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_ADVANCE_TIME, &advance), -EINVAL);
    advance.delta_ns = 39 * YEAR;
    CHECK_EQUAL(call(fd, AIMC_IOCTL_ADVANCE_TIME, &advance), 0);
    advance.delta_ns = 0;
    CHECK_EQUAL(call(fd, AIMC_IOCTL_ADVANCE_TIME, &advance), 0);
    struct aimc_get_health health = {.ctx = context.ctx, .tile = context.tile};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_GET_HEALTH, &health), 0);
    CHECK(health.age_ns >= 99 * YEAR);
    return ok();
}
