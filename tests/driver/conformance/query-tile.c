/* QUERY of a tile tells its core, how many contexts have it and whether it is bound. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    CHECK(tile_info(fd, 0).core != tile_info(fd, 1).core);
    struct context first = new_context(fd, AIMC_CTX_SHARED), second = new_context(fd, AIMC_CTX_SHARED);
    struct aimc_tile_info info = tile_info(fd, first.tile);
    CHECK_EQUAL(first.tile, second.tile);
    CHECK_EQUAL(info.core, 0);
    CHECK_EQUAL(info.contexts, 2);
    CHECK_EQUAL(info.bound, 0);
    CHECK_EQUAL(info.pad, 0);
    CHECK_EQUAL(destroy_context(first), 0);
    CHECK_EQUAL(tile_info(fd, second.tile).contexts, 1);
    CHECK_EQUAL(destroy_context(second), 0);
    CHECK_EQUAL(tile_info(fd, second.tile).contexts, 0);

    struct context own = new_context(fd, 0);
    CHECK_EQUAL(bind_tile(own, 0, 0), 0);
    CHECK_EQUAL(tile_info(fd, own.tile).bound, 1);
    CHECK_EQUAL(bind_tile(own, 0, AIMC_BIND_OFF), 0);
    CHECK_EQUAL(tile_info(fd, own.tile).bound, 0);
    return ok();
}
