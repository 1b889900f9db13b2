/* Shared contexts that take turns on a tile each find their own weights again and again, also after READBACK. */
#include "check.h"

int main(void)
{
    enum { SIDE = 24, ROUNDS = 20 };
    static int8_t weights[2][SIDE * SIDE], expected[SIDE], seen[SIDE * SIDE];
    struct context contexts[2];
    struct buffer input[2], output[2];
    for (int i = 0; i < 2; i++) {
        contexts[i] = new_context(open_device(), AIMC_CTX_SHARED);
        input[i] = new_buffer(contexts[i].fd, PAGE);
        output[i] = new_buffer(contexts[i].fd, PAGE);
        fill(weights[i], sizeof weights[i], (uint32_t)i, 20);
        program_matrix(contexts[i], SIDE, SIDE, weights[i]);
    }
    CHECK_EQUAL(contexts[0].tile, contexts[1].tile);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        int64_t fences[2];
        for (uint32_t i = 0; i < 2; i++) {
            fill(input[i].bytes, SIDE, round * 2 + i, 10);
            struct aimc_mvm mvm = mvm_of(contexts[i].tile, SIDE, SIDE, input[i], output[i]);
            fences[i] = submit(contexts[i], &mvm, 1);
            CHECK(fences[i] > 0);
        }
        for (uint32_t i = 0; i < 2; i++) {
            CHECK_EQUAL(status_of(contexts[i], (uint64_t)fences[i]), 0);
            multiply(weights[i], SIDE, SIDE, SIDE, input[i].bytes, expected);
            CHECK(memcmp(output[i].bytes, expected, SIDE) == 0);
        }
        CHECK_EQUAL(read_back(contexts[round % 2], SIDE, SIDE, seen), 0);
        CHECK(memcmp(seen, weights[round % 2], sizeof seen) == 0);
    }
    return ok();
}
