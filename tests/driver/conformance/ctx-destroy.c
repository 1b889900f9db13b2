/* A context that was destroyed is gone, and its tiles are free. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    uint32_t tiles = device_info(fd).tiles;
    struct context context = new_wide_context(fd, tiles);
    CHECK_EQUAL(free_tiles(), 0);
    CHECK_EQUAL(destroy_context((struct context){.fd = fd, .ctx = context.ctx + 1}), -ENOENT);
    CHECK_EQUAL(destroy_context(context), 0);
    CHECK_EQUAL(destroy_context(context), -ENOENT);
    CHECK_EQUAL(bind_tile(context, 0, 0), -ENOENT);
    CHECK_EQUAL(free_tiles(), tiles);
    return ok();
}
