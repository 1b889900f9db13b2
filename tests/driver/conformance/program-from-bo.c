/* With AIMC_PROGRAM_BO the matrix is read from a buffer, at an offset, and not before the job's turn has come. */
#include "check.h"

int main(void)
{
    enum { ROWS = 6, COLUMNS = 10, STRIDE = 13, OFFSET = 4001 };
    int8_t seen[ROWS * COLUMNS];
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, 2 * PAGE);
    struct aimc_program program = program_of(context, ROWS, COLUMNS, NULL);
    program.flags = AIMC_PROGRAM_BO;
    program.handle = buffer.handle;
    program.stride = STRIDE;
    program.data = OFFSET;
    keep_busy(context);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_PROGRAM, &program), 0);
    fill(buffer.bytes + OFFSET, ROWS * STRIDE, 1, 100);
    CHECK_EQUAL(close_buffer(fd, buffer.handle), 0);
    CHECK_EQUAL(status_of(context, program.fence), 0);
    CHECK_EQUAL(read_back(context, ROWS, COLUMNS, seen), 0);
    for (int y = 0; y < ROWS; y++)
        CHECK(memcmp(seen + y * COLUMNS, buffer.bytes + OFFSET + y * STRIDE, COLUMNS) == 0);
    return ok();
}
