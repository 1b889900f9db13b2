/* CALIBRATE is a job: it takes its turn and its time, and GET_HEALTH tells when it was. */
#include "check.h"

#define HOUR (3600 * 1000 * MS)

int main(void)
{
    int8_t weights[16] = {1, 2, 3, 4}, seen[16];
    struct aimc_wait wait;
    struct context context = new_context(open_device(), 0);
    struct aimc_get_health health = {.ctx = context.ctx, .tile = context.tile};
    program_matrix(context, 4, 4, weights);
    struct aimc_advance_time advance = {.delta_ns = HOUR};
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_ADVANCE_TIME, &advance), 0);
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_GET_HEALTH, &health), 0);
    CHECK(health.calibrated_ns >= HOUR);

    uint64_t busy_ns = tile_info(context.fd, context.tile).busy_ns;
    struct aimc_calibrate calibrate = {.ctx = context.ctx, .tile = context.tile};
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_CALIBRATE, &calibrate), 0);
    CHECK_EQUAL(calibrate.fence, 2);
    CHECK_EQUAL(wait_until(context, calibrate.fence, 0, &wait), -ETIME);
    CHECK_EQUAL(status_of(context, calibrate.fence), 0);
    CHECK(tile_info(context.fd, context.tile).busy_ns > busy_ns);

    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_GET_HEALTH, &health), 0);
    CHECK(health.calibrated_ns < HOUR / 2);
    CHECK(health.age_ns >= HOUR);
    CHECK_EQUAL(read_back(context, 4, 4, seen), 0);
    CHECK(memcmp(seen, weights, sizeof seen) == 0);
    return ok();
}
