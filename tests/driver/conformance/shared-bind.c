/* A process that has bound a shared context and jobs of another take turns on the tile; each has its own weights. Jobs
 * of the bound context are EBUSY, and so is binding the other one by the same process. */
#include "check.h"

enum { SIDE = 16 };

int main(void)
{
    static int8_t mine[SIDE * SIDE], yours[SIDE * SIDE], seen[SIDE * SIDE];
    int8_t input[SIDE], output[SIDE], expected[SIDE];
    pin(0);
    struct context first = new_context(open_device(), AIMC_CTX_SHARED);
    struct context second = new_context(open_device(), AIMC_CTX_SHARED);
    struct buffer buffer = new_buffer(second.fd, PAGE);
    struct aimc_mvm mvm = mvm_of(second.tile, SIDE, SIDE, buffer, buffer);
    mvm.output_offset = SIDE;
    fill(mine, sizeof mine, 1, 20);
    fill(yours, sizeof yours, 2, 20);
    program_matrix(first, SIDE, SIDE, mine);
    CHECK_EQUAL(bind_tile(first, 0, 0), 0);
    CHECK_EQUAL(bind_tile(first, 0, 0), 0);
    CHECK_EQUAL(bind_tile(second, 0, 0), -EBUSY);
    CHECK_EQUAL(bind_tile(second, 0, AIMC_BIND_OFF), -ENXIO);
    CHECK_EQUAL(read_back(first, SIDE, SIDE, seen), -EBUSY);
    program_matrix(second, SIDE, SIDE, yours);
    CHECK_EQUAL(tile_info(first.fd, first.tile).contexts, 2);
    for (uint32_t round = 0; round < 20; round++) {
        fill(buffer.bytes, SIDE, 100 + round, 10);
        int64_t fence = submit(second, &mvm, 1);
        CHECK(fence > 0);
        for (uint32_t i = 0; i < 3; i++) { /* before, at the time of and after the job */
            fill(input, SIDE, 10 * round + i, 10);
            multiply(mine, SIDE, SIDE, SIDE, input, expected);
            multiply_by_instructions(SIDE, SIDE, input, output);
            CHECK(memcmp(output, expected, SIDE) == 0);
            if (i == 1)
                CHECK_EQUAL(status_of(second, (uint64_t)fence), 0);
        }
        multiply(yours, SIDE, SIDE, SIDE, buffer.bytes, expected);
        CHECK(memcmp(buffer.bytes + SIDE, expected, SIDE) == 0);
    }
    CHECK_EQUAL(aimc_cm_param_write(3, 2, 77), 0); /* column, row */
    CHECK_EQUAL(read_back(second, SIDE, SIDE, seen), 0);
    CHECK(memcmp(seen, yours, sizeof seen) == 0);
    CHECK_EQUAL(bind_tile(first, 0, AIMC_BIND_OFF), 0);
    CHECK(!instructions_work());
    mine[2 * SIDE + 3] = 77;
    CHECK_EQUAL(read_back(first, SIDE, SIDE, seen), 0);
    CHECK(memcmp(seen, mine, sizeof seen) == 0);
    return ok();
}
