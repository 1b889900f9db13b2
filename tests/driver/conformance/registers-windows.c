/* Wherever in a window an access is, it is of the next word; the memories are the tile's, and PROCESS empties the
 * input. */
#include "registers.h"

int main(void)
{
    enum { SIDE = 64 };
    static int8_t identity[SIDE * SIDE];
    struct context context = new_context(open_device(), 0);
    for (size_t i = 0; i < SIDE; i++)
        identity[i * SIDE + i] = 1;
    program_matrix(context, SIDE, SIDE, identity);
    char *page = map_registers(context);
    for (uint32_t i = 0; i < AIMC_REG_WINDOW / 4; i++)
        store_4(page, AIMC_REG_INPUT + AIMC_REG_WINDOW - 4 - 4 * i, i + 1);
    store_8(page, AIMC_REG_PROCESS, UINT64_MAX);
    for (uint32_t i = 0; i < AIMC_REG_WINDOW / 4; i++)
        CHECK_EQUAL(load_4(page, AIMC_REG_OUTPUT + (4 * 7 * i) % AIMC_REG_WINDOW), i + 1);
    store_4(page, AIMC_REG_PROCESS, 0);
    CHECK_EQUAL(load_4(page, AIMC_REG_OUTPUT), 0);
    return ok();
}
