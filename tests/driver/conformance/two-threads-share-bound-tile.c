/* Two threads share a bound tile on one core: input and output memories are each thread's own. */
#include "check.h"

enum { ROWS = 32, COLUMNS = 16, ROUNDS = 20 };

static int8_t weights[ROWS * COLUMNS];

static void *compute(void *number)
{
    int8_t input[ROWS], output[COLUMNS], expected[COLUMNS];
    uint32_t word;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        fill(input, ROWS, (uint32_t)(uintptr_t)number * 1000 + round, 10);
        multiply(weights, COLUMNS, ROWS, COLUMNS, input, expected);
        for (int i = 0; i < ROWS; i += 4) {
            memcpy(&word, input + i, 4);
            aimc_cm_queue(word);
            if (i == ROWS / 2)
                sched_yield();
        }
        sched_yield();
        aimc_cm_process();
        sched_yield();
        for (int j = 0; j < COLUMNS; j += 4) {
            word = aimc_cm_dequeue();
            memcpy(output + j, &word, 4);
            if (j == COLUMNS / 2)
                sched_yield();
        }
        CHECK(memcmp(output, expected, COLUMNS) == 0);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    pin(0);
    struct context context = new_context(open_device(), 0);
    fill(weights, sizeof weights, 1, 20);
    program_matrix(context, ROWS, COLUMNS, weights);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    for (uintptr_t i = 0; i < 2; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, compute, (void *)(i + 1)), 0);
    for (int i = 0; i < 2; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    return ok();
}
