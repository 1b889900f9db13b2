/* Of shared contexts that wait for a tile the one with the higher priority goes first. */
#include "check.h"

static uint64_t completed(struct context context)
{
    return context_info(context.fd, context.ctx).completed;
}

int main(void)
{
    struct context contexts[3], first;
    int fd = open_device();
    first = new_context(fd, AIMC_CTX_SHARED);
    for (uint32_t priority = AIMC_PRIORITY_LOW; priority <= AIMC_PRIORITY_HIGH; priority++) {
        struct aimc_ctx_create create = {
            .tiles = 1, .flags = AIMC_CTX_SHARED, .priority = priority, .core_mask = 1};
        CHECK_EQUAL(call(fd, AIMC_IOCTL_CTX_CREATE, &create), 0);
        contexts[priority] = (struct context){fd, create.ctx, create.tile_mask, first.tile};
    }
    keep_busy(first);
    keep_busy(contexts[AIMC_PRIORITY_LOW]);
    keep_busy(contexts[AIMC_PRIORITY_NORMAL]);
    keep_busy(contexts[AIMC_PRIORITY_HIGH]);
    CHECK_EQUAL(status_of(contexts[AIMC_PRIORITY_HIGH], 1), 0);
    CHECK_EQUAL(completed(contexts[AIMC_PRIORITY_NORMAL]), 0);
    CHECK_EQUAL(completed(contexts[AIMC_PRIORITY_LOW]), 0);
    CHECK_EQUAL(status_of(contexts[AIMC_PRIORITY_NORMAL], 1), 0);
    CHECK_EQUAL(completed(contexts[AIMC_PRIORITY_LOW]), 0);
    CHECK_EQUAL(status_of(contexts[AIMC_PRIORITY_LOW], 1), 0);
    return ok();
}
