/* A client has at most contexts_limit contexts: ENOSPC. Another client has its own number. */
#include "check.h"

int main(void)
{
    int fd = open_device(), other = open_device();
    uint32_t limit = device_info(fd).contexts_limit;
    struct context last;
    for (uint32_t i = 0; i < limit; i++)
        CHECK_EQUAL(try_context(fd, 1, AIMC_CTX_SHARED, 1, &last), 0);
    CHECK_EQUAL(try_context(fd, 1, AIMC_CTX_SHARED, 1, NULL), -ENOSPC);
    CHECK_EQUAL(try_context(other, 1, AIMC_CTX_SHARED, 1, NULL), 0);
    CHECK_EQUAL(tile_info(fd, last.tile).contexts, limit + 1);
    CHECK_EQUAL(destroy_context(last), 0);
    CHECK_EQUAL(try_context(fd, 1, AIMC_CTX_SHARED, 1, NULL), 0);
    return ok();
}
