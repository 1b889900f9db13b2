/* A shared context that programmed less than another sees none of that one's weights. */
#include "check.h"

int main(void)
{
    int8_t weights[32 * 32], seen[32 * 32];
    int fd = open_device(), other = open_device();
    struct context large = new_context(fd, AIMC_CTX_SHARED), small = new_context(other, AIMC_CTX_SHARED);
    struct buffer buffer = new_buffer(other, PAGE);
    memset(weights, 9, sizeof weights);
    program_matrix(small, 2, 2, weights);
    program_matrix(large, 32, 32, weights);
    CHECK_EQUAL(read_back(small, 32, 32, seen), 0);
    for (int y = 0; y < 32; y++)
        for (int x = 0; x < 32; x++)
            CHECK_EQUAL(seen[y * 32 + x], y < 2 && x < 2 ? 9 : 0);
    CHECK_EQUAL(read_back(large, 32, 32, seen), 0);
    CHECK(memcmp(seen, weights, sizeof seen) == 0);
    memset(buffer.bytes, 1, 32);
    multiply_on_tile(small, mvm_of(small.tile, 32, 32, buffer, buffer));
    CHECK_EQUAL(buffer.bytes[0], 18);
    CHECK_EQUAL(buffer.bytes[2], 0);
    return ok();
}
