/* Each pad and each flag that is not defined must be zero: EINVAL, and nothing has changed. */
#include "commands.h"

static struct arguments all;
static int fd;

/* The command fails with EINVAL while the 32-bit field has a value of its own. */
static void refused(int number, uint32_t *field, uint32_t value)
{
    uint32_t kept = *field;
    *field = value;
    int result = call(fd, commands[number], argument(&all, number));
    if (result != -EINVAL)
        dprintf(1, "command %d, offset %ld:\n", number, (long)((char *)field - (char *)argument(&all, number)));
    CHECK_EQUAL(result, -EINVAL);
    *field = kept;
}

int main(void)
{
    fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    CHECK_EQUAL(status_of(context, keep_busy(context)), 0);
    prepare(&all, context, buffer.handle);
    const uint32_t values[] = {4, 1u << 31, UINT32_MAX};
    for (int i = 0; i < 3; i++) {
        uint32_t value = values[i];
        refused(0, &all.query.pad, value);
        refused(1, &all.create.flags, value);
        refused(2, &all.destroy.pad, value);
        refused(3, &all.bind.flags, value);
        refused(4, &all.bo_create.flags, value);
        refused(5, &all.bo_mmap.pad, value);
        refused(6, &all.bo_wait.pad, value);
        refused(7, &all.bo_close.pad, value);
        refused(8, &all.program.flags, value);
        refused(9, &all.readback.flags, value);
        refused(10, &all.submit.flags, value);
        refused(11, &all.wait.flags, value);
        refused(12, &all.calibrate.flags, value);
        refused(12, &all.calibrate.pad, value);
        refused(13, (uint32_t *)&all.advance.pad, value);
        refused(13, (uint32_t *)&all.advance.pad + 1, value);
        refused(15, &all.reset.flags, value);
        refused(15, &all.reset.pad, value);
    }
    CHECK_EQUAL(context_info(fd, context.ctx).submitted, 1);
    struct aimc_bo_mmap map = {.handle = buffer.handle};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_BO_MMAP, &map), 0);
    return ok();
}
