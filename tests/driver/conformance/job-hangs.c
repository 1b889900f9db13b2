/* A job that takes longer than job_timeout_ns has hung: it ends then with ETIMEDOUT, and the next one works.
 * Needs a short job timeout. */
#include "check.h"

int main(void)
{
    int8_t weights[16] = {1, 2, 3, 4}, seen[16];
    int fd = open_device();
    int64_t timeout_ns = (int64_t)device_info(fd).job_timeout_ns;
    struct context context = new_context(fd, 0);
    int64_t begin = now_ns();
    uint64_t fence = keep_busy(context);
    struct aimc_program program = program_of(context, 4, 4, weights);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_PROGRAM, &program), 0);
    CHECK_EQUAL(status_of(context, fence), -ETIMEDOUT);
    CHECK(now_ns() - begin >= timeout_ns);
    CHECK(now_ns() - begin < 2 * timeout_ns);
    CHECK_EQUAL(status_of(context, fence), -ETIMEDOUT);
    CHECK_EQUAL(status_of(context, program.fence), 0);
    CHECK_EQUAL(read_back(context, 4, 4, seen), 0);
    CHECK(memcmp(seen, weights, sizeof seen) == 0);
    struct aimc_context_info info = context_info(fd, context.ctx);
    CHECK_EQUAL(info.completed, 3);
    CHECK_EQUAL(info.failed, 1);

    /* READBACK ends with what its job ended with. */
    static int8_t whole[MAX_ROWS * MAX_COLUMNS];
    if (read_back(context, MAX_ROWS, MAX_COLUMNS, whole) != 0)
        CHECK_EQUAL(read_back(context, MAX_ROWS, MAX_COLUMNS, whole), -ETIMEDOUT);
    return ok();
}
