/* Each error of TILE_REGISTERS, and of what cannot be done with a tile that is used through its registers. */
#include "registers.h"

int main(void)
{
    int8_t weights[16] = {0};
    uint64_t offset;
    pin(0);
    struct context context = new_context(open_device(), 0), none = context;
    struct buffer buffer = new_buffer(context.fd, PAGE);
    struct aimc_mvm mvm = mvm_of(context.tile, 4, 4, buffer, buffer);

    CHECK_EQUAL(try_registers(context, 2, &offset), -EINVAL);
    CHECK_EQUAL(try_registers(context, AIMC_BIND_OFF | 1u << 31, &offset), -EINVAL);
    struct aimc_tile_registers padded = {.ctx = context.ctx, .tile = context.tile, .pad = 1};
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_TILE_REGISTERS, &padded), -EINVAL);
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_TILE_REGISTERS, NULL), -EFAULT);
    none.ctx = context.ctx + 1;
    CHECK_EQUAL(try_registers(none, 0, &offset), -ENOENT);
    none = context;
    none.tile = context.tile + 1; /* there is one, but it is not the context's */
    CHECK_EQUAL(try_registers(none, 0, &offset), -ENOENT);
    CHECK_EQUAL(end_registers(context), -ENXIO);
    CHECK_EQUAL(tile_info(context.fd, context.tile).bound, 0);

    struct context shared;
    CHECK_EQUAL(try_context(context.fd, 1, AIMC_CTX_SHARED, 2, &shared), 0);
    CHECK_EQUAL(try_registers(shared, 0, &offset), -EOPNOTSUPP);
    CHECK_EQUAL(end_registers(shared), -ENXIO);

    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    CHECK_EQUAL(try_registers(context, 0, &offset), -EBUSY);
    CHECK_EQUAL(end_registers(context), -ENXIO);
    CHECK(instructions_work());
    CHECK_EQUAL(bind_tile(context, 0, AIMC_BIND_OFF), 0);

    uint64_t fence = keep_busy(context);
    CHECK_EQUAL(try_registers(context, 0, &offset), -EBUSY);
    CHECK_EQUAL(offset, 0);
    CHECK_EQUAL(status_of(context, fence), 0);

    CHECK_EQUAL(try_registers(context, 0, &offset), 0);
    char *page = map_page(context.fd, offset);
    CHECK_EQUAL(tile_info(context.fd, context.tile).bound, 1);
    CHECK_EQUAL(bind_tile(context, 0, 0), -EBUSY);
    CHECK_EQUAL(bind_tile(context, 0, AIMC_BIND_OFF), -ENXIO);
    CHECK(!instructions_work());
    struct aimc_program program = program_of(context, 4, 4, weights);
    struct aimc_calibrate calibrate = {.ctx = context.ctx, .tile = context.tile};
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_PROGRAM, &program), -EBUSY);
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_CALIBRATE, &calibrate), -EBUSY);
    CHECK_EQUAL(read_back(context, 4, 4, weights), -EBUSY);
    CHECK_EQUAL(submit(context, &mvm, 1), -EBUSY);
    CHECK(registers_work(page, 1)); /* as keep_busy has programmed it */

    inject("dead_tile", "0");
    check_revoked(page);
    CHECK_EQUAL(try_registers(context, 0, &offset), -EIO);
    CHECK_EQUAL(end_registers(context), -ENXIO);
    inject("dead_tile", "-1");
    CHECK_EQUAL(try_registers(context, 0, &offset), 0);
    CHECK_EQUAL(end_registers(context), 0);
    CHECK_EQUAL(end_registers(context), -ENXIO);
    CHECK_EQUAL(submit(context, &mvm, 1) > 0, 1);
    return ok();
}
