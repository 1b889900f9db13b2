/* RESET and ADVANCE_TIME are for whoever has CAP_SYS_ADMIN; the rest of the device is for all users. */
#include "check.h"

int main(void)
{
    int8_t weights[16] = {5};
    int before = open_device();
    struct aimc_reset reset = {0};
    struct aimc_advance_time advance = {.delta_ns = 1000};
    CHECK_EQUAL(call(before, AIMC_IOCTL_RESET, &reset), 0);
    CHECK_EQUAL(call(before, AIMC_IOCTL_ADVANCE_TIME, &advance), 0);
    CHECK_EQUAL(setgid(1000), 0);
    CHECK_EQUAL(setuid(1000), 0);
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    program_matrix(context, 4, 4, weights);
    buffer.bytes[0] = 3;

    CHECK_EQUAL(call(before, AIMC_IOCTL_RESET, &reset), -EPERM);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_RESET, &reset), -EPERM);
    CHECK_EQUAL(call(before, AIMC_IOCTL_ADVANCE_TIME, &advance), -EPERM);
    CHECK_EQUAL(call(fd, AIMC_IOCTL_ADVANCE_TIME, &advance), -EPERM);

    multiply_on_tile(context, mvm_of(context.tile, 4, 4, buffer, buffer));
    CHECK_EQUAL(buffer.bytes[0], 15);
    return ok();
}
