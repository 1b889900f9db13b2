/* The next context that gets a tile finds none of the weights that an earlier one left there. */
#include "check.h"

int main(void)
{
    int8_t weights[32 * 32], seen[sizeof weights];
    int mine = open_device(), other = open_device();
    memset(weights, 77, sizeof weights);
    struct context context = new_context(mine, 0);
    program_matrix(context, 32, 32, weights);
    CHECK_EQUAL(destroy_context(context), 0);

    struct context next = new_context(other, 0);
    CHECK_EQUAL(next.tile, context.tile);
    CHECK_EQUAL(read_back(next, 32, 32, seen), 0);
    for (size_t i = 0; i < sizeof seen; i++)
        CHECK_EQUAL(seen[i], 0);
    pin(0);
    CHECK_EQUAL(bind_tile(next, 0, 0), 0);
    CHECK_EQUAL(aimc_cm_param_read(0, 0), 0);
    CHECK_EQUAL(aimc_cm_dequeue(), 0);
    return ok();
}
