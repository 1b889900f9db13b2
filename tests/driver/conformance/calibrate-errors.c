/* CALIBRATE and GET_HEALTH are of tiles of the context (ENOENT); CALIBRATE has no flags (EINVAL). */
#include "check.h"

int main(void)
{
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct aimc_calibrate calibrate = {.ctx = context.ctx, .tile = context.tile, .flags = 1};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_CALIBRATE, &calibrate), -EINVAL);
    const uint32_t tiles[] = {context.tile ^ 1, 2, 64, UINT32_MAX};
    for (int i = 0; i < 4; i++) {
        calibrate = (struct aimc_calibrate){.ctx = context.ctx, .tile = tiles[i]};
        CHECK_EQUAL(call(fd, AIMC_IOCTL_CALIBRATE, &calibrate), -ENOENT);
        struct aimc_get_health health = {.ctx = context.ctx, .tile = tiles[i]};
        CHECK_EQUAL(call(fd, AIMC_IOCTL_GET_HEALTH, &health), -ENOENT);
    }
    CHECK_EQUAL(context_info(fd, context.ctx).submitted, 0);
    return ok();
}
