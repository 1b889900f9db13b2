/* Shared contexts share with shared ones only: a tile is either one context's own or that of shared ones. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    struct context own = new_context(fd, 0);
    CHECK_EQUAL(try_context(fd, 1, AIMC_CTX_SHARED, 1, NULL), -EBUSY);
    CHECK_EQUAL(destroy_context(own), 0);
    struct context first = new_context(fd, AIMC_CTX_SHARED), second = new_context(fd, AIMC_CTX_SHARED);
    CHECK_EQUAL(first.tile_mask, second.tile_mask);
    CHECK_EQUAL(try_context(fd, 1, 0, 1, NULL), -EBUSY);
    CHECK_EQUAL(destroy_context(first), 0);
    CHECK_EQUAL(try_context(fd, 1, 0, 1, NULL), -EBUSY);
    CHECK_EQUAL(destroy_context(second), 0);
    CHECK_EQUAL(try_context(fd, 1, 0, 1, NULL), 0);
    return ok();
}
