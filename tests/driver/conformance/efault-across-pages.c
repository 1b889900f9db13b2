/* An argument whose end lies in memory that is not there is EFAULT, and nothing has changed; over a border between two
 * pages that are there, and at any alignment, it is as good as any. */
#include "commands.h"

int main(void)
{
    struct arguments all;
    int fd = open_device();
    uint32_t tiles = device_info(fd).tiles;
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    CHECK_EQUAL(status_of(context, keep_busy(context)), 0);
    char *memory = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    CHECK_EQUAL(munmap(memory + 2 * PAGE, PAGE), 0);
    for (int i = 0; i < COMMANDS; i++) {
        size_t size = size_of(i);
        for (size_t there = 1; there < size; there++) {
            char *place = memory + 2 * PAGE - there;
            prepare(&all, context, buffer.handle);
            memcpy(place, argument(&all, i), there);
            CHECK_EQUAL(call(fd, commands[i], place), -EFAULT);
        }
    }
    CHECK_EQUAL(context_info(fd, context.ctx).submitted, 1);
    CHECK_EQUAL(tile_info(fd, context.tile).bound, 0);
    CHECK_EQUAL(free_tiles(), tiles - 1);

    for (size_t there = 1; there < sizeof all.query; there++) {
        char *place = memory + PAGE - there;
        memcpy(place, &all.query, sizeof all.query);
        CHECK_EQUAL(call(fd, AIMC_IOCTL_QUERY, place), 0);
        CHECK_EQUAL(all.info.tiles, tiles);
    }
    return ok();
}
