/* ADVANCE_TIME lets tiles age at once: GET_HEALTH tells it, and no clock shows it. An ideal device does not drift. */
#include "check.h"

#define HOUR (3600 * 1000 * MS)

static struct aimc_get_health health_of(struct context context)
{
    struct aimc_get_health health = {.ctx = context.ctx, .tile = context.tile};
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_GET_HEALTH, &health), 0);
    CHECK_EQUAL(health.drift_ppm, 0);
    CHECK_EQUAL(health.flags, 0);
    return health;
}

int main(void)
{
    int8_t weights[16] = {1, 2, 3, 4}, seen[16];
    struct context context = new_context(open_device(), 0);
    program_matrix(context, 4, 4, weights);
    struct aimc_get_health before = health_of(context);
    CHECK(before.age_ns < 1000 * MS);
    CHECK_EQUAL(before.programmed, tile_info(context.fd, context.tile).programmed_weights);

    int64_t begin = now_ns();
    struct timespec real_before, real_after;
    clock_gettime(CLOCK_REALTIME, &real_before);
    struct aimc_advance_time advance = {.delta_ns = HOUR};
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_ADVANCE_TIME, &advance), 0);
    clock_gettime(CLOCK_REALTIME, &real_after);
    CHECK(now_ns() - begin < 100 * MS);
    CHECK(real_after.tv_sec - real_before.tv_sec <= 1);

    struct aimc_get_health after = health_of(context);
    CHECK(after.age_ns >= before.age_ns + HOUR);
    CHECK(after.age_ns < before.age_ns + HOUR + 1000 * MS);
    CHECK(after.calibrated_ns >= HOUR);
    CHECK_EQUAL(after.programmed, before.programmed);
    sleep_ns(2 * MS);
    CHECK(health_of(context).age_ns >= after.age_ns + 2 * MS);
    CHECK_EQUAL(read_back(context, 4, 4, seen), 0);
    CHECK(memcmp(seen, weights, sizeof seen) == 0);

    program_matrix(context, 4, 4, weights);
    after = health_of(context);
    CHECK(after.age_ns < 1000 * MS);
    CHECK(after.calibrated_ns < 1000 * MS); /* as age_ns, since it never was */
    CHECK_EQUAL(after.programmed, before.programmed + 16);
    return ok();
}
