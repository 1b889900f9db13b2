/* When a client is closed its contexts and buffers end, whatever jobs are left. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    uint32_t tiles = device_info(fd).tiles;
    struct context context = new_wide_context(fd, tiles);
    for (int i = 0; i < 10; i++)
        keep_busy(context);
    CHECK_EQUAL(free_tiles(), 0);
    CHECK_EQUAL(close(fd), 0);
    sleep_ns(20 * MS);
    CHECK_EQUAL(free_tiles(), tiles);
    fd = open_device();
    CHECK_EQUAL(tile_info(fd, 0).contexts, 0);
    context = new_context(fd, 0);
    CHECK_EQUAL(status_of(context, keep_busy(context)), 0);
    return ok();
}
