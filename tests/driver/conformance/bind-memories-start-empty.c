/* Input and output memories are empty at a process's first use, whoever used the tile before. */
#include "check.h"

static struct context context;

static void leave_much(void *unused)
{
    int8_t ones[64], output[16];
    (void)unused;
    memset(ones, 1, sizeof ones);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    multiply_by_instructions(4, 4, ones, output);
    CHECK_EQUAL(output[0], 4);
    for (int i = 0; i < 4; i++)
        aimc_cm_queue(0x7F7F7F7F);
    aimc_cm_process();
    for (int i = 0; i < 4; i++)
        aimc_cm_queue(0x7F7F7F7F);
}

static void find_nothing(void *unused)
{
    (void)unused;
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    for (int i = 0; i < MAX_COLUMNS / 4; i++)
        CHECK_EQUAL(aimc_cm_dequeue(), 0);
    aimc_cm_process(); /* of no input */
    for (int i = 0; i < MAX_COLUMNS / 4; i++)
        CHECK_EQUAL(aimc_cm_dequeue(), 0);
    CHECK_EQUAL(bind_tile(context, 0, AIMC_BIND_OFF), 0);
}

int main(void)
{
    const int8_t ones[16] = {[0 ... 15] = 1};
    context = new_context(open_device(), 0);
    pin(0);
    program_matrix(context, 4, 4, ones);
    CHECK_EQUAL(in_child(leave_much, NULL), 0);
    CHECK_EQUAL(in_child(find_nothing, NULL), 0);
    leave_much(NULL);
    CHECK_EQUAL(bind_tile(context, 0, AIMC_BIND_OFF), 0);
    CHECK_EQUAL(in_child(find_nothing, NULL), 0);
    find_nothing(NULL);
    return ok();
}
