/* PROGRAM and READBACK reach any part of the crossbar, with rows that are apart in memory; the rest stays. */
#include "check.h"

int main(void)
{
    enum { SIDE = 32, ROW = 5, COLUMN = 7, ROWS = 9, COLUMNS = 11, STRIDE = 20 };
    static int8_t whole[SIDE * SIDE], part[ROWS * STRIDE], seen[SIDE * SIDE];
    int fd = open_device();
    struct context context = new_context(fd, 0);
    fill(whole, sizeof whole, 1, 100);
    fill(part, sizeof part, 2, 100);
    program_matrix(context, SIDE, SIDE, whole);
    struct aimc_program program = program_of(context, ROWS, COLUMNS, part);
    program.row = ROW;
    program.column = COLUMN;
    program.stride = STRIDE;
    CHECK_EQUAL(call(fd, AIMC_IOCTL_PROGRAM, &program), 0);
    CHECK_EQUAL(status_of(context, program.fence), 0);

    for (int y = 0; y < ROWS; y++)
        memcpy(whole + (ROW + y) * SIDE + COLUMN, part + y * STRIDE, COLUMNS);
    CHECK_EQUAL(read_back(context, SIDE, SIDE, seen), 0);
    CHECK(memcmp(seen, whole, sizeof whole) == 0);

    memset(seen, 0x33, sizeof seen);
    struct aimc_readback readback = {.ctx = context.ctx, .tile = context.tile, .row = ROW, .column = COLUMN,
                                     .rows = ROWS, .columns = COLUMNS, .stride = STRIDE, .data = (uintptr_t)seen};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_READBACK, &readback), 0);
    for (int y = 0; y < ROWS; y++)
        for (int x = 0; x < STRIDE; x++)
            CHECK_EQUAL(seen[y * STRIDE + x], x < COLUMNS ? part[y * STRIDE + x] : 0x33);
    return ok();
}
