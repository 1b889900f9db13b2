/* The registers of a tile are reached from any core, by any thread, whichever core the tile belongs to. */
#include "registers.h"

static char *page;

static void *on_each_core(void *unused)
{
    for (unsigned round = 0; round < 6; round++) {
        pin(round % 2);
        CHECK(registers_work(page, 4));
    }
    return unused;
}

int main(void)
{
    int8_t weights[16];
    pthread_t thread;
    int fd = open_device();
    memset(weights, 4, sizeof weights);
    for (uint32_t core = 0; core < 2; core++) {
        struct context context;
        CHECK_EQUAL(try_context(fd, 1, 0, 1ull << core, &context), 0);
        program_matrix(context, 4, 4, weights);
        page = map_registers(context);
        uint64_t mvms = tile_info(fd, context.tile).mvms;
        CHECK_EQUAL(pthread_create(&thread, NULL, on_each_core, NULL), 0);
        CHECK_EQUAL(pthread_join(thread, NULL), 0);
        on_each_core(NULL);
        CHECK_EQUAL(tile_info(fd, context.tile).mvms, mvms + 12);
    }
    return ok();
}
