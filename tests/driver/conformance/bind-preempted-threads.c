/* Threads that the clock's ticks interrupt anywhere between their instructions find their memories as they were. */
#include "check.h"

enum { ROWS = 16, COLUMNS = 8, THREADS = 3, ROUNDS = 40 };

static int8_t weights[ROWS * COLUMNS];

static void compute_a_while(void)
{
    for (volatile int i = 0; i < 30000; i++)
        ;
}

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
            compute_a_while();
        }
        aimc_cm_process();
        for (int j = 0; j < COLUMNS; j += 4) {
            compute_a_while();
            word = aimc_cm_dequeue();
            memcpy(output + j, &word, 4);
        }
        CHECK(memcmp(output, expected, COLUMNS) == 0);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    pin(0);
    struct context context = new_context(open_device(), 0);
    fill(weights, sizeof weights, 1, 20);
    program_matrix(context, ROWS, COLUMNS, weights);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    for (uintptr_t i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, compute, (void *)i), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    struct rusage usage;
    CHECK_EQUAL(getrusage(RUSAGE_SELF, &usage), 0);
    CHECK(usage.ru_nivcsw > 3);
    return ok();
}
