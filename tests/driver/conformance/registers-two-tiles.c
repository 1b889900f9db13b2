/* Each tile of a context has registers of its own; a multiplication of one leaves the other alone. */
#include "registers.h"

int main(void)
{
    int8_t weights[16], twos[4] = {2, 2, 2, 2}, output[4];
    struct context context = new_wide_context(open_device(), 2), half = context;
    char *pages[2];
    for (half.tile = 0; half.tile < 2; half.tile++) {
        memset(weights, (int)half.tile + 1, sizeof weights);
        program_matrix(half, 4, 4, weights);
    }
    for (half.tile = 0; half.tile < 2; half.tile++)
        pages[half.tile] = map_registers(half);
    for (int tile = 0; tile < 2; tile++)
        queue_by(WORD, pages[tile], twos);
    store_4(pages[1], AIMC_REG_PROCESS, 0);
    dequeue_by(WORD, pages[1], output);
    CHECK_EQUAL(output[0], 16);
    dequeue_by(WORD, pages[0], output);
    CHECK_EQUAL(output[0], 0);
    half.tile = 1;
    CHECK_EQUAL(end_registers(half), 0);
    check_revoked(pages[1]);
    store_4(pages[0], AIMC_REG_PROCESS, 0);
    dequeue_by(WORD, pages[0], output);
    CHECK_EQUAL(output[0], 8);
    return ok();
}
