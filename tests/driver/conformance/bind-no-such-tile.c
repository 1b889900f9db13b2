/* A context binds tiles that it has (ENOENT), and a binding is ended only where there is one (ENXIO). */
#include "check.h"

int main(void)
{
    int fd = open_device();
    struct context context = new_context(fd, 0), wrong = context;
    for (wrong.tile = 0; wrong.tile < 70; wrong.tile++)
        if (wrong.tile != context.tile)
            CHECK_EQUAL(bind_tile(wrong, wrong.tile < 2 ? tile_info(fd, wrong.tile).core : 0, 0), -ENOENT);
    wrong.tile = UINT32_MAX;
    CHECK_EQUAL(bind_tile(wrong, 0, 0), -ENOENT);
    CHECK_EQUAL(bind_tile(context, 0, AIMC_BIND_OFF), -ENXIO);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    CHECK_EQUAL(bind_tile(context, 0, AIMC_BIND_OFF), 0);
    CHECK_EQUAL(bind_tile(context, 0, AIMC_BIND_OFF), -ENXIO);
    return ok();
}
