/* A child uses the page that it got by fork; the tile's memories are one for both. */
#include "registers.h"

static char *page;

static void use_page(void *unused)
{
    int8_t threes[4] = {3, 3, 3, 3};
    (void)unused;
    queue_by(WORD, page, threes);
    store_4(page, AIMC_REG_PROCESS, 0);
}

int main(void)
{
    int8_t weights[32], ones[4] = {1, 1, 1, 1}, output[4];
    struct context context = new_context(open_device(), 0);
    memset(weights, 2, sizeof weights);
    program_matrix(context, 8, 4, weights);
    page = map_registers(context);
    queue_by(WORD, page, ones);
    CHECK_EQUAL(in_child(use_page, NULL), 0);
    dequeue_by(WORD, page, output);
    CHECK_EQUAL(output[0], 2 * (4 * 1 + 4 * 3));
    CHECK_EQUAL(end_registers(context), 0);
    CHECK_EQUAL(in_child((void (*)(void *))check_revoked, page), 0);
    return ok();
}
