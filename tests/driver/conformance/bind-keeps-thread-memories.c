/* What a thread queued is still there after it was on another core, and after others used the tile. */
#include "check.h"

static void *disturb(void *unused)
{
    int8_t ones[8] = {1, 1, 1, 1, 1, 1, 1, 1}, output[4];
    pin(0);
    CHECK_EQUAL(aimc_cm_dequeue(), 0); /* no output of the other thread */
    multiply_by_instructions(8, 4, ones, output);
    CHECK_EQUAL(output[0], 8);
    return unused;
}

int main(void)
{
    int8_t weights[8 * 4], input[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    uint32_t first, second, result;
    pthread_t thread;
    struct context context = new_context(open_device(), 0);
    memset(weights, 1, sizeof weights);
    program_matrix(context, 8, 4, weights);
    pin(0);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    memcpy(&first, input, 4);
    memcpy(&second, input + 4, 4);
    aimc_cm_queue(first);
    pin(1);
    CHECK_EQUAL(pthread_create(&thread, NULL, disturb, NULL), 0);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    pin(0);
    aimc_cm_queue(second);
    aimc_cm_process();
    CHECK_EQUAL(pthread_create(&thread, NULL, disturb, NULL), 0);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    result = aimc_cm_dequeue();
    CHECK_EQUAL(result, 0x24242424); /* 36 in each column */
    return ok();
}
