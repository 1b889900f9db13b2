/* A product through the registers is what C computes and what a job gives on the same weights, whatever the size of
 * the accesses. */
#include "registers.h"

enum { ROWS = 64, COLUMNS = 32 };

int main(void)
{
    static const enum access sizes[] = {WORD, DOUBLE_WORD, PAIR, VECTOR};
    static int8_t weights[ROWS * COLUMNS], input[ROWS], expected[COLUMNS], output[COLUMNS];
    struct context context = new_context(open_device(), 0);
    struct buffer buffer = new_buffer(context.fd, PAGE);
    struct aimc_mvm mvm = mvm_of(context.tile, ROWS, COLUMNS, buffer, buffer);
    struct aimc_device_info info = device_info(context.fd);
    mvm.output_offset = ROWS;
    fill(weights, sizeof weights, 1, 20);
    program_matrix(context, ROWS, COLUMNS, weights);
    for (uint32_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        fill(input, ROWS, 10 + i, 10);
        memcpy(buffer.bytes, input, ROWS);
        multiply_on_tile(context, mvm);
        multiply(weights, COLUMNS, ROWS, COLUMNS, input, expected);
        CHECK(memcmp(buffer.bytes + ROWS, expected, COLUMNS) == 0);

        char *page = map_registers(context);
        CHECK_EQUAL(load_8(page, AIMC_REG_ID), AIMC_REG_IDENTITY);
        CHECK_EQUAL(load_8(page, AIMC_REG_STATUS + 8 * AIMC_STATUS_ROWS), info.rows);
        CHECK_EQUAL(load_4(page, AIMC_REG_STATUS + 8 * AIMC_STATUS_COLUMNS), info.columns);
        uint64_t before = tile_info(context.fd, context.tile).mvms;
        for (int round = 0; round < 3; round++) {
            memset(output, 0, sizeof output);
            multiply_by_registers(page, sizes[i], ROWS, COLUMNS, input, output);
            CHECK(memcmp(output, expected, COLUMNS) == 0);
        }
        CHECK_EQUAL(tile_info(context.fd, context.tile).mvms, before + 3);
        CHECK_EQUAL(load_8(page, AIMC_REG_STATUS + 8 * AIMC_STATUS_MISUSE), 0);
        CHECK_EQUAL(end_registers(context), 0);
        CHECK_EQUAL(munmap(page, PAGE), 0);
    }
    return ok();
}
