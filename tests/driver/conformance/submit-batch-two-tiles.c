/* One batch multiplies on two tiles, each with its own matrix, and both at once. */
#include "check.h"

int main(void)
{
    enum { SIDE = 32, COUNT = 32 };
    static int8_t weights[2][SIDE * SIDE], expected[SIDE];
    struct aimc_mvm mvms[COUNT];
    int fd = open_device();
    struct context context = new_wide_context(fd, 2), half = context;
    struct buffer input = new_buffer(fd, COUNT * SIDE), output = new_buffer(fd, COUNT * SIDE);
    for (uint32_t tile = 0; tile < 2; tile++) {
        half.tile = tile;
        fill(weights[tile], sizeof weights[tile], tile, 10);
        program_matrix(half, SIDE, SIDE, weights[tile]);
    }
    fill(input.bytes, COUNT * SIDE, 5, 10);
    for (uint32_t i = 0; i < COUNT; i++) {
        mvms[i] = mvm_of(i % 2, SIDE, SIDE, input, output);
        mvms[i].input_offset = mvms[i].output_offset = i * SIDE;
    }
    uint64_t busy_ns = tile_info(fd, 0).busy_ns + tile_info(fd, 1).busy_ns;
    int64_t begin = now_ns();
    int64_t fence = submit(context, mvms, COUNT);
    CHECK(fence > 0);
    CHECK_EQUAL(status_of(context, (uint64_t)fence), 0);
    int64_t duration = now_ns() - begin;
    for (uint32_t i = 0; i < COUNT; i++) {
        multiply(weights[i % 2], SIDE, SIDE, SIDE, input.bytes + i * SIDE, expected);
        CHECK(memcmp(output.bytes + i * SIDE, expected, SIDE) == 0);
    }
    CHECK_EQUAL(tile_info(fd, 0).mvms, COUNT / 2);
    CHECK_EQUAL(tile_info(fd, 1).mvms, COUNT / 2);

    /* The same on one tile takes longer by the time that both were busy. */
    for (uint32_t i = 0; i < COUNT; i++)
        mvms[i].tile = 0;
    busy_ns = tile_info(fd, 0).busy_ns + tile_info(fd, 1).busy_ns - busy_ns;
    begin = now_ns();
    fence = submit(context, mvms, COUNT);
    CHECK_EQUAL(status_of(context, (uint64_t)fence), 0);
    CHECK(now_ns() - begin > duration + (int64_t)busy_ns / 4);
    return ok();
}
