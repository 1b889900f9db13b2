/* A context has tiles of the cores in core_mask. Needs 8 cores. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    uint32_t tiles = device_info(fd).tiles;
    CHECK_EQUAL(tiles, 8);
    for (uint32_t core = 0; core < tiles; core++) {
        struct context context;
        CHECK_EQUAL(try_context(fd, 1, 0, 1ull << core, &context), 0);
        CHECK_EQUAL(__builtin_popcountll(context.tile_mask), 1);
        CHECK_EQUAL(tile_info(fd, context.tile).core, core);
        CHECK_EQUAL(tile_info(fd, context.tile).contexts, 1);
        CHECK_EQUAL(try_context(fd, 1, 0, 1ull << core, NULL), -EBUSY);
        CHECK_EQUAL(destroy_context(context), 0);
    }
    struct context odd;
    CHECK_EQUAL(try_context(fd, 3, 0, 0xAA, &odd), 0);
    CHECK_EQUAL(__builtin_popcountll(odd.tile_mask), 3);
    for (uint32_t tile = 0; tile < tiles; tile++)
        if (odd.tile_mask >> tile & 1)
            CHECK_EQUAL(tile_info(fd, tile).core % 2, 1);
    CHECK_EQUAL(try_context(fd, 2, 0, 0xAA, NULL), -EBUSY);
    CHECK_EQUAL(try_context(fd, 3, 0, 0x81, NULL), -EINVAL);
    CHECK_EQUAL(try_context(fd, 1, 0, 1ull << 63, NULL), -EINVAL);
    CHECK_EQUAL(free_tiles(), tiles - 3);
    return ok();
}
