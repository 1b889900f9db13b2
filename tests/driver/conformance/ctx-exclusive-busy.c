/* Tiles of a context without AIMC_CTX_SHARED are its own: another one that needs them gets EBUSY and takes none. */
#include "check.h"

int main(void)
{
    int mine = open_device(), other = open_device();
    uint32_t tiles = device_info(mine).tiles;
    struct context first = new_context(mine, 0);
    CHECK_EQUAL(try_context(other, tiles, 0, 0, NULL), -EBUSY);
    CHECK_EQUAL(try_context(mine, tiles, 0, 0, NULL), -EBUSY);
    CHECK_EQUAL(try_context(other, 1, 0, 1, NULL), -EBUSY);
    CHECK_EQUAL(free_tiles(), tiles - 1);
    struct context rest = new_wide_context(other, tiles - 1);
    CHECK_EQUAL(first.tile_mask & rest.tile_mask, 0);
    CHECK_EQUAL(try_context(other, 1, 0, 0, NULL), -EBUSY);
    CHECK_EQUAL(destroy_context(first), 0);
    CHECK_EQUAL(try_context(other, 1, 0, 0, NULL), 0);
    return ok();
}
