/* RESET forgets also the weights of shared contexts that were not in the tile at that moment. */
#include "check.h"

int main(void)
{
    int8_t weights[64], seen[64];
    struct context contexts[3];
    int fd = open_device();
    memset(weights, 3, sizeof weights);
    for (int i = 0; i < 3; i++) {
        contexts[i] = new_context(fd, AIMC_CTX_SHARED);
        program_matrix(contexts[i], 8, 8, weights);
    }
    struct aimc_reset reset = {0};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_RESET, &reset), 0);
    for (int i = 0; i < 3; i++) {
        CHECK_EQUAL(read_back(contexts[i], 8, 8, seen), 0);
        for (size_t j = 0; j < sizeof seen; j++)
            CHECK_EQUAL(seen[j], 0);
    }
    program_matrix(contexts[1], 8, 8, weights);
    CHECK_EQUAL(read_back(contexts[0], 8, 8, seen), 0);
    CHECK_EQUAL(seen[0], 0);
    CHECK_EQUAL(read_back(contexts[1], 8, 8, seen), 0);
    CHECK(memcmp(seen, weights, sizeof seen) == 0);
    return ok();
}
