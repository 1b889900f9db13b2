/* PROGRAM and READBACK stay within the crossbar, and PROGRAM from a buffer within that: ERANGE. */
#include "check.h"

static struct context context;
static int8_t weights[MAX_ROWS * MAX_COLUMNS];

static int at(uint32_t row, uint32_t column, uint32_t rows, uint32_t columns)
{
    struct aimc_program program = program_of(context, rows, columns, weights);
    program.row = row;
    program.column = column;
    int result = call(context.fd, AIMC_IOCTL_PROGRAM, &program);
    struct aimc_readback readback = {.ctx = context.ctx, .tile = context.tile, .row = row, .column = column,
                                     .rows = rows, .columns = columns, .stride = columns, .data = (uintptr_t)weights};
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_READBACK, &readback), result);
    return result;
}

static int from(struct buffer buffer, uint64_t offset, uint32_t stride)
{
    struct aimc_program program = program_of(context, 4, 8, NULL);
    program.flags = AIMC_PROGRAM_BO;
    program.handle = buffer.handle;
    program.stride = stride;
    program.data = offset;
    return call(context.fd, AIMC_IOCTL_PROGRAM, &program);
}

int main(void)
{
    context = new_context(open_device(), 0);
    struct aimc_device_info info = device_info(context.fd);
    struct buffer buffer = new_buffer(context.fd, PAGE);
    CHECK_EQUAL(at(info.rows - 1, info.columns - 1, 1, 1), 0);
    CHECK_EQUAL(at(0, 0, info.rows + 1, 1), -ERANGE);
    CHECK_EQUAL(at(0, 0, 1, info.columns + 1), -ERANGE);
    CHECK_EQUAL(at(info.rows, 0, 1, 1), -ERANGE);
    CHECK_EQUAL(at(0, info.columns, 1, 1), -ERANGE);
    CHECK_EQUAL(at(info.rows - 1, 0, 2, 1), -ERANGE);
    CHECK_EQUAL(at(0, info.columns - 1, 1, 2), -ERANGE);
    CHECK_EQUAL(at(UINT32_MAX, 0, 1, 1), -ERANGE);
    CHECK_EQUAL(at(UINT32_MAX, 0, 2, 1), -ERANGE);
    CHECK_EQUAL(at(0, UINT32_MAX, 1, 2), -ERANGE);
    CHECK_EQUAL(at(1, 0, UINT32_MAX, 1), -ERANGE);

    CHECK_EQUAL(from(buffer, PAGE - 32, 8), 0);
    CHECK_EQUAL(from(buffer, PAGE - 31, 8), -ERANGE);
    CHECK_EQUAL(from(buffer, PAGE - 38, 10), 0);
    CHECK_EQUAL(from(buffer, PAGE - 37, 10), -ERANGE);
    CHECK_EQUAL(from(buffer, UINT64_MAX - 31, 8), -ERANGE);
    CHECK_EQUAL(from(buffer, UINT64_MAX - 3, 8), -ERANGE);
    CHECK_EQUAL(from(buffer, 0, UINT32_MAX), -ERANGE);
    CHECK_EQUAL(context_info(context.fd, context.ctx).submitted, 4);
    return ok();
}
