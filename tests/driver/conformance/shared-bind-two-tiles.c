/* A shared context of two tiles may be bound on both cores; jobs of another that need both tiles at once take turns
 * with its instructions. */
#include "check.h"

static volatile int stop;
static volatile uint32_t products[2];

static void *multiply_for_ever(void *number)
{
    uintptr_t core = (uintptr_t)number;
    int8_t ones[4] = {1, 1, 1, 1}, output[4];
    pin((unsigned)core);
    while (!stop) {
        multiply_by_instructions(4, 4, ones, output);
        CHECK_EQUAL(output[0], 4 * ((int)core + 1));
        products[core]++;
        if (products[core] % 64 == 0)
            sched_yield(); /* main shares the cores */
    }
    return NULL;
}

int main(void)
{
    int8_t weights[16];
    pthread_t threads[2];
    struct context bound, wide;
    CHECK_EQUAL(try_context(open_device(), 2, AIMC_CTX_SHARED, 0, &bound), 0);
    CHECK_EQUAL(try_context(open_device(), 2, AIMC_CTX_SHARED, 0, &wide), 0);
    struct buffer buffer = new_buffer(wide.fd, PAGE);
    struct aimc_mvm mvms[2];
    for (uint32_t tile = 0; tile < 2; tile++) {
        bound.tile = wide.tile = tile;
        memset(weights, (int)tile + 1, sizeof weights);
        program_matrix(bound, 4, 4, weights);
        memset(weights, (int)tile + 5, sizeof weights);
        program_matrix(wide, 4, 4, weights);
        mvms[tile] = mvm_of(tile, 4, 4, buffer, buffer);
        mvms[tile].output_offset = 4 + 4 * tile;
    }
    memset(buffer.bytes, 1, 4);
    for (bound.tile = 0; bound.tile < 2; bound.tile++)
        CHECK_EQUAL(bind_tile(bound, bound.tile, 0), 0);
    for (uintptr_t core = 0; core < 2; core++)
        CHECK_EQUAL(pthread_create(&threads[core], NULL, multiply_for_ever, (void *)core), 0);
    for (int job = 0; job < 5; job++) {
        struct aimc_wait wait;
        uint32_t before[2] = {products[0], products[1]};
        memset(buffer.bytes + 4, 0, 8);
        int64_t fence = submit(wide, mvms, 2);
        CHECK(fence > 0);
        CHECK_EQUAL(wait_until(wide, (uint64_t)fence, now_ns() + 200 * MS, &wait), 0);
        CHECK_EQUAL(buffer.bytes[4], 20);
        CHECK_EQUAL(buffer.bytes[8], 24);
        int64_t begin = now_ns();
        while (products[0] == before[0] || products[1] == before[1])
            CHECK(now_ns() - begin < 200 * MS);
    }
    stop = 1;
    for (int core = 0; core < 2; core++)
        CHECK_EQUAL(pthread_join(threads[core], NULL), 0);
    return ok();
}
