/* What PROGRAM refuses: an empty matrix, rows that overlap, unknown flags (EINVAL), unknown tiles and buffers (ENOENT),
 * memory that cannot be read (EFAULT). It changes nothing then. */
#include "check.h"

static struct context context;
static int8_t weights[64], seen[64];

static int with(struct aimc_program program)
{
    int result = call(context.fd, AIMC_IOCTL_PROGRAM, &program);
    CHECK_EQUAL(program.fence, 0);
    return result;
}

int main(void)
{
    context = new_context(open_device(), 0);
    fill(weights, sizeof weights, 1, 100);
    struct aimc_program good = program_of(context, 8, 8, weights), bad;
    bad = good, bad.rows = 0;
    CHECK_EQUAL(with(bad), -EINVAL);
    bad = good, bad.columns = 0;
    CHECK_EQUAL(with(bad), -EINVAL);
    bad = good, bad.stride = 7;
    CHECK_EQUAL(with(bad), -EINVAL);
    bad = good, bad.flags = 1u << 2;
    CHECK_EQUAL(with(bad), -EINVAL);
    bad = good, bad.tile = context.tile ^ 1;
    CHECK_EQUAL(with(bad), -ENOENT);
    bad = good, bad.tile = 64;
    CHECK_EQUAL(with(bad), -ENOENT);
    bad = good, bad.tile = UINT32_MAX;
    CHECK_EQUAL(with(bad), -ENOENT);
    bad = good, bad.flags = AIMC_PROGRAM_BO, bad.handle = 99, bad.data = 0;
    CHECK_EQUAL(with(bad), -ENOENT);
    bad = good, bad.data = 0;
    CHECK_EQUAL(with(bad), -EFAULT);
    bad = good, bad.data = UINT64_MAX - 8;
    CHECK_EQUAL(with(bad), -EFAULT);
    bad = good, bad.stride = UINT32_MAX;
    CHECK_EQUAL(with(bad), -EFAULT);
    CHECK_EQUAL(context_info(context.fd, context.ctx).submitted, 0);
    CHECK_EQUAL(read_back(context, 8, 8, seen), 0);
    for (size_t i = 0; i < sizeof seen; i++)
        CHECK_EQUAL(seen[i], 0);
    return ok();
}
