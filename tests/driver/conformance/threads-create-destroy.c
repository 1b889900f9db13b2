/* Threads that create and destroy contexts of one client at the same time never get a tile twice. Needs 8 cores. */
#include "check.h"

enum { THREADS = 8, ROUNDS = 25 };

static int fd;
static uint64_t taken;

static void *work(void *number)
{
    for (int round = 0; round < ROUNDS; round++) {
        struct context context;
        uint32_t tiles = 1 + ((uint32_t)(uintptr_t)number + (uint32_t)round) % 4;
        int result = try_context(fd, tiles, 0, 0, &context);
        if (result == -EBUSY) {
            sched_yield();
            continue;
        }
        CHECK_EQUAL(result, 0);
        CHECK_EQUAL(__builtin_popcountll(context.tile_mask), tiles);
        CHECK_EQUAL(__atomic_fetch_or(&taken, context.tile_mask, __ATOMIC_SEQ_CST) & context.tile_mask, 0);
        if (round % 5 == 0)
            CHECK_EQUAL(status_of(context, keep_busy(context)), 0);
        __atomic_fetch_and(&taken, ~context.tile_mask, __ATOMIC_SEQ_CST);
        CHECK_EQUAL(destroy_context(context), 0);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    fd = open_device();
    for (uintptr_t i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, work, (void *)i), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    CHECK_EQUAL(free_tiles(), 8);
    return ok();
}
