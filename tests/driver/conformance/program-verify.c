/* With AIMC_PROGRAM_VERIFY a fence's result is the number of weights that differ: none on an ideal device. */
#include "check.h"

int main(void)
{
    int8_t weights[64];
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    fill(weights, sizeof weights, 1, 127);
    struct aimc_wait wait;
    struct aimc_program program = program_of(context, 8, 8, weights);
    program.flags = AIMC_PROGRAM_VERIFY;
    CHECK_EQUAL(call(fd, AIMC_IOCTL_PROGRAM, &program), 0);
    CHECK_EQUAL(wait_until(context, program.fence, FOREVER, &wait), 0);
    CHECK_EQUAL(wait.status, 0);
    CHECK_EQUAL(wait.result, 0);

    memcpy(buffer.bytes, weights, sizeof weights);
    program.flags = AIMC_PROGRAM_VERIFY | AIMC_PROGRAM_BO;
    program.handle = buffer.handle;
    program.data = 0;
    CHECK_EQUAL(call(fd, AIMC_IOCTL_PROGRAM, &program), 0);
    CHECK_EQUAL(wait_until(context, program.fence, FOREVER, &wait), 0);
    CHECK_EQUAL(wait.status, 0);
    CHECK_EQUAL(wait.result, 0);
    return ok();
}
