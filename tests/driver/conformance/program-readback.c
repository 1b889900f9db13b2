/* READBACK gives the weights that PROGRAM wrote, for the whole crossbar. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    struct aimc_device_info info = device_info(fd);
    size_t size = (size_t)info.rows * info.columns;
    int8_t *weights = malloc(size), *seen = malloc(size);
    struct context context = new_context(fd, 0);
    fill(weights, size, 3, 127);
    weights[0] = -128;
    program_matrix(context, info.rows, info.columns, weights);
    memset(seen, 0, size);
    CHECK_EQUAL(read_back(context, info.rows, info.columns, seen), 0);
    CHECK(memcmp(seen, weights, size) == 0);
    return ok();
}
