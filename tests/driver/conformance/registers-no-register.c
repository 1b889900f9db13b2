/* Where there is no register loads give all ones and stores do nothing. */
#include "registers.h"

static int is_register(size_t offset)
{
    return offset < AIMC_REG_PROCESS || (offset >= AIMC_REG_STATUS && offset < AIMC_REG_STATUS + AIMC_REG_WINDOW) ||
           (offset >= AIMC_REG_OUTPUT && offset < AIMC_REG_OUTPUT + AIMC_REG_WINDOW);
}

int main(void)
{
    int8_t weights[16], ones[4] = {1, 1, 1, 1}, output[4];
    struct context context = new_context(open_device(), 0);
    memset(weights, 3, sizeof weights);
    program_matrix(context, 4, 4, weights);
    char *page = map_registers(context);
    queue_by(WORD, page, ones);
    for (size_t offset = 0; offset < PAGE; offset += 4)
        if (!is_register(offset)) { /* also what can only be stored to */
            CHECK_EQUAL(load_4(page, offset), ONES_4);
            CHECK_EQUAL(*(volatile uint8_t *)(page + offset + 1), UINT8_MAX);
            CHECK_EQUAL(*(volatile uint16_t *)(page + offset + 2), UINT16_MAX);
        }
    for (size_t offset = 0; offset < PAGE; offset += 4)
        if (offset < AIMC_REG_PROCESS || (offset > AIMC_REG_PROCESS && offset < AIMC_REG_INPUT) ||
            offset >= AIMC_REG_OUTPUT)
            store_4(page, offset, UINT32_MAX);
    *(volatile uint8_t *)(page + AIMC_REG_INPUT) = 1; /* the bus knows no accesses of less than a word */
    *(volatile uint16_t *)(page + AIMC_REG_PROCESS) = 1;
    CHECK_EQUAL(tile_info(context.fd, context.tile).mvms, 0);
    CHECK_EQUAL(load_8(page, AIMC_REG_ID), AIMC_REG_IDENTITY);
    for (uint32_t selector = AIMC_STATUS_SATURATED; selector < AIMC_REG_WINDOW / 8; selector++)
        CHECK_EQUAL(load_8(page, AIMC_REG_STATUS + 8 * selector), 0);
    store_4(page, AIMC_REG_PROCESS, 0);
    dequeue_by(WORD, page, output);
    CHECK_EQUAL(output[0], 12);
    return ok();
}
