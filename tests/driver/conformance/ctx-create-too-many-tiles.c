/* A context has at least one tile and at most those that there are; its flags and priority must be known. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    uint32_t tiles = device_info(fd).tiles;
    CHECK_EQUAL(try_context(fd, 0, 0, 0, NULL), -EINVAL);
    CHECK_EQUAL(try_context(fd, tiles + 1, 0, 0, NULL), -EINVAL);
    CHECK_EQUAL(try_context(fd, tiles + 1, AIMC_CTX_SHARED, 0, NULL), -EINVAL);
    CHECK_EQUAL(try_context(fd, UINT32_MAX, 0, 0, NULL), -EINVAL);
    CHECK_EQUAL(try_context(fd, 1, 1u << 1, 0, NULL), -EINVAL);
    CHECK_EQUAL(try_context(fd, 1, 1u << 31, 0, NULL), -EINVAL);
    struct aimc_ctx_create create = {.tiles = 1, .priority = 3};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_CTX_CREATE, &create), -EINVAL);
    CHECK_EQUAL(create.ctx, 0);
    CHECK_EQUAL(create.tile_mask, 0);
    CHECK_EQUAL(free_tiles(), tiles);
    for (uint32_t priority = AIMC_PRIORITY_LOW; priority <= AIMC_PRIORITY_HIGH; priority++) {
        create = (struct aimc_ctx_create){.tiles = tiles, .priority = priority};
        CHECK_EQUAL(call(fd, AIMC_IOCTL_CTX_CREATE, &create), 0);
        CHECK_EQUAL(__builtin_popcountll(create.tile_mask), tiles);
        CHECK_EQUAL(destroy_context((struct context){.fd = fd, .ctx = create.ctx}), 0);
    }
    return ok();
}
