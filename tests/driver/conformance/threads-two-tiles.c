/* Two threads on two cores compute by instructions at the same time, each on its own core's tile. */
#include "check.h"

enum { ROWS = 32, COLUMNS = 16, ROUNDS = 20 };

static void *compute(void *number)
{
    uint32_t core = (uint32_t)(uintptr_t)number;
    int8_t weights[ROWS * COLUMNS], input[ROWS], output[COLUMNS], expected[COLUMNS];
    struct context context;
    int fd = open_device();
    pin(core);
    CHECK_EQUAL(try_context(fd, 1, 0, 1ull << core, &context), 0);
    fill(weights, sizeof weights, core, 20);
    program_matrix(context, ROWS, COLUMNS, weights);
    CHECK_EQUAL(bind_tile(context, core, 0), 0);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        fill(input, ROWS, core * 1000 + round, 10);
        multiply(weights, COLUMNS, ROWS, COLUMNS, input, expected);
        multiply_by_instructions(ROWS, COLUMNS, input, output);
        CHECK(memcmp(output, expected, COLUMNS) == 0);
    }
    CHECK_EQUAL(close(fd), 0);
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    for (uintptr_t core = 0; core < 2; core++)
        CHECK_EQUAL(pthread_create(&threads[core], NULL, compute, (void *)core), 0);
    for (int core = 0; core < 2; core++)
        CHECK_EQUAL(pthread_join(threads[core], NULL), 0);
    CHECK_EQUAL(free_tiles(), 2);
    return ok();
}
