/* A batch has from one to batch_limit multiplications: EINVAL. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    uint32_t limit = device_info(fd).batch_limit;
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_mvm *mvms = malloc((limit + 1) * sizeof *mvms);
    for (uint32_t i = 0; i <= limit; i++)
        mvms[i] = mvm_of(context.tile, 4, 4, buffer, buffer);
    CHECK_EQUAL(submit(context, mvms, 0), -EINVAL);
    CHECK_EQUAL(submit(context, NULL, 0), -EINVAL);
    CHECK_EQUAL(submit(context, mvms, limit + 1), -EINVAL);
    CHECK_EQUAL(submit(context, mvms, UINT32_MAX), -EINVAL);
    CHECK_EQUAL(submit(context, mvms, limit), 1);
    CHECK_EQUAL(status_of(context, 1), 0);
    CHECK_EQUAL(tile_info(fd, context.tile).mvms, limit);
    return ok();
}
