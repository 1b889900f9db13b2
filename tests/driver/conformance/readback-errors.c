/* What READBACK refuses, as PROGRAM does; memory of the caller that cannot be written is EFAULT. */
#include "check.h"

static struct context context;
static int8_t seen[64];

static int with(struct aimc_readback readback)
{
    return call(context.fd, AIMC_IOCTL_READBACK, &readback);
}

int main(void)
{
    context = new_context(open_device(), 0);
    struct aimc_readback bad, good = {.ctx = context.ctx, .tile = context.tile, .rows = 8, .columns = 8, .stride = 8,
                                      .data = (uintptr_t)seen};
    void *constant = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(constant != MAP_FAILED);
    memset(seen, 0x77, sizeof seen);
    bad = good, bad.rows = 0;
    CHECK_EQUAL(with(bad), -EINVAL);
    bad = good, bad.columns = 0;
    CHECK_EQUAL(with(bad), -EINVAL);
    bad = good, bad.stride = 7;
    CHECK_EQUAL(with(bad), -EINVAL);
    bad = good, bad.flags = 1;
    CHECK_EQUAL(with(bad), -EINVAL);
    bad = good, bad.tile = context.tile ^ 1;
    CHECK_EQUAL(with(bad), -ENOENT);
    bad = good, bad.tile = UINT32_MAX;
    CHECK_EQUAL(with(bad), -ENOENT);
    bad = good, bad.data = 0;
    CHECK_EQUAL(with(bad), -EFAULT);
    bad = good, bad.data = (uintptr_t)constant;
    CHECK_EQUAL(with(bad), -EFAULT);
    bad = good, bad.stride = UINT32_MAX;
    CHECK_EQUAL(with(bad), -EFAULT);
    for (size_t i = 0; i < sizeof seen; i++)
        CHECK_EQUAL(seen[i], 0x77);
    CHECK_EQUAL(with(good), 0);
    CHECK_EQUAL(seen[63], 0);
    return ok();
}
