/* All commands give their argument back: one in memory that cannot be written is EFAULT, and nothing has changed. */
#include "commands.h"

int main(void)
{
    int fd = open_device();
    uint32_t tiles = device_info(fd).tiles;
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    CHECK_EQUAL(status_of(context, keep_busy(context)), 0);
    struct arguments *all = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(all != MAP_FAILED);
    prepare(all, context, buffer.handle);
    CHECK_EQUAL(mprotect(all, PAGE, PROT_READ), 0);
    /* Those that have something to tell. */
    const int numbers[] = {0, 1, 4, 5, 8, 10, 11, 12, 14};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        CHECK_EQUAL(call(fd, commands[numbers[i]], argument(all, numbers[i])), -EFAULT);
    CHECK_EQUAL(context_info(fd, context.ctx).submitted, 1);
    CHECK_EQUAL(free_tiles(), tiles - 1);
    for (uint32_t tile = 0; tile < tiles; tile++)
        CHECK_EQUAL(tile_info(fd, tile).contexts, tile == context.tile);
    struct aimc_bo_create create;
    CHECK_EQUAL(try_buffer(fd, device_info(fd).buffer_limit - buffer.size, &create), 0);
    return ok();
}
