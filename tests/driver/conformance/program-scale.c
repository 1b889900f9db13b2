/* The only scale of this device is 65536. */
#include "check.h"

int main(void)
{
    int8_t weights[16] = {1};
    struct context context = new_context(open_device(), 0);
    struct aimc_program program = program_of(context, 4, 4, weights);
    const uint32_t scales[] = {0, 1, 65535, 65537, 131072, UINT32_MAX};
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        program.scale = scales[i];
        CHECK_EQUAL(call(context.fd, AIMC_IOCTL_PROGRAM, &program), -EOPNOTSUPP);
    }
    program.scale = 65536;
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_PROGRAM, &program), 0);
    CHECK_EQUAL(program.fence, 1);
    return ok();
}
