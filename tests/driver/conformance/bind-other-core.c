/* A tile is used by instructions on its own core only: another core, or flags that are not known, are EINVAL. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    struct context context = new_context(fd, 0);
    CHECK_EQUAL(bind_tile(context, 1, 0), -EINVAL);
    CHECK_EQUAL(bind_tile(context, 64, 0), -EINVAL);
    CHECK_EQUAL(bind_tile(context, UINT32_MAX, 0), -EINVAL);
    CHECK_EQUAL(bind_tile(context, 0, 1u << 1), -EINVAL);
    CHECK_EQUAL(bind_tile(context, 0, 1u << 31), -EINVAL);
    CHECK_EQUAL(tile_info(fd, context.tile).bound, 0);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    return ok();
}
