/* A context can bind its tile if it has no jobs itself, also where jobs of a client that is gone kept the tile busy. */
#include "check.h"

static void leave_jobs(void *unused)
{
    (void)unused;
    struct context context = new_context(open_device(), 0);
    keep_busy(context);
    keep_busy(context);
    raise(SIGKILL);
}

int main(void)
{
    int result, fd = open_device();
    struct context context;
    pin(0);
    CHECK(WIFSIGNALED(in_child(leave_jobs, NULL)));
    while ((result = try_context(fd, 1, 0, 1, &context)) == -EBUSY)
        sleep_ns(MS / 10);
    CHECK_EQUAL(result, 0);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    CHECK_EQUAL(aimc_cm_param_read(0, 0), 0);
    CHECK_EQUAL(aimc_cm_param_write(0, 0, 5), 0);
    sleep_ns(20 * MS);
    CHECK_EQUAL(aimc_cm_param_read(0, 0), 5);
    CHECK_EQUAL(aimc_cm_param_read(1, 1), 0);
    return ok();
}
