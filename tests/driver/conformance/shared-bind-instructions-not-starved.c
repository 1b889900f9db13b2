/* Two contexts that always have jobs waiting do not keep the instructions of a third from being executed: not with
 * weights that take longer than a quantum to be brought, and not without a quantum. */
#include "check.h"

static volatile int stop;

/* A job that keeps the tile for a while. */
static uint64_t calibrate(struct context context)
{
    struct aimc_calibrate calibrate = {.ctx = context.ctx, .tile = context.tile};
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_CALIBRATE, &calibrate), 0);
    return calibrate.fence;
}

static void *calibrate_for_ever(void *unused)
{
    pin(1);
    struct context context = new_context(open_device(), AIMC_CTX_SHARED);
    uint64_t last = calibrate(context);
    while (!stop) {
        uint64_t next = calibrate(context);
        CHECK_EQUAL(status_of(context, last), 0);
        last = next;
    }
    CHECK_EQUAL(status_of(context, last), 0);
    return unused;
}

static void check_turns(struct context context)
{
    int8_t ones[4] = {1, 1, 1, 1}, output[4];
    for (int round = 0; round < 10; round++) {
        int64_t begin = now_ns();
        multiply_by_instructions(4, 4, ones, output);
        CHECK_EQUAL(output[0], 12);
        CHECK(now_ns() - begin < 50 * MS);
        uint64_t busy_ns = tile_info(context.fd, context.tile).busy_ns;
        sleep_ns(12 * MS);
        CHECK(tile_info(context.fd, context.tile).busy_ns > busy_ns); /* with jobs */
    }
}

int main(void)
{
    static int8_t weights[MAX_ROWS * MAX_COLUMNS];
    pthread_t threads[2];
    pin(0);
    struct context context = new_context(open_device(), AIMC_CTX_SHARED);
    memset(weights, 3, sizeof weights);
    program_matrix(context, MAX_ROWS, MAX_COLUMNS, weights);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    for (int i = 0; i < 2; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, calibrate_for_ever, NULL), 0);
    sleep_ns(5 * MS);
    check_turns(context);
    int quantum = open("/sys/module/aimc/parameters/quantum_ns", O_WRONLY);
    CHECK_EQUAL(write(quantum, "0\n", 2), 2);
    check_turns(context);
    stop = 1;
    for (int i = 0; i < 2; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    return ok();
}
