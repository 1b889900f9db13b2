/* A process may bind a tile of each of two cores; a thread that goes from one to the other has memories on each. */
#include "check.h"

int main(void)
{
    int8_t weights[16];
    uint32_t two = 0x02020202, three = 0x03030303;
    struct context context = new_wide_context(open_device(), 2), half = context;
    for (half.tile = 0; half.tile < 2; half.tile++) {
        memset(weights, (int)half.tile + 1, sizeof weights);
        program_matrix(half, 4, 4, weights);
    }
    for (half.tile = 0; half.tile < 2; half.tile++)
        CHECK_EQUAL(bind_tile(half, tile_info(context.fd, half.tile).core, 0), 0);
    pin(0);
    aimc_cm_queue(two);
    pin(1);
    aimc_cm_queue(three);
    aimc_cm_process();
    pin(0);
    aimc_cm_process();
    CHECK_EQUAL(aimc_cm_dequeue(), 0x08080808);
    pin(1);
    CHECK_EQUAL(aimc_cm_dequeue(), 0x18181818);
    return ok();
}
