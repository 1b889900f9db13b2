/* A command's number with another size or direction is another command: ENOTTY. */
#include "commands.h"

int main(void)
{
    struct arguments all;
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    prepare(&all, context, buffer.handle);
    for (int i = 0; i < COMMANDS; i++) {
        unsigned number = _IOC_NR(commands[i]), size = _IOC_SIZE(commands[i]);
        void *pointer = argument(&all, i);
        CHECK_EQUAL(number, AIMC_ACCEL_BASE + i);
        const unsigned sizes[] = {0, size - 8, size - 4, size - 1, size + 1, size + 4, size + 8, 4096};
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++)
            CHECK_EQUAL(call(fd, _IOC(_IOC_READ | _IOC_WRITE, AIMC_ACCEL_TYPE, number, sizes[j]), pointer), -ENOTTY);
        CHECK_EQUAL(call(fd, _IOC(_IOC_READ, AIMC_ACCEL_TYPE, number, size), pointer), -ENOTTY);
        CHECK_EQUAL(call(fd, _IOC(_IOC_WRITE, AIMC_ACCEL_TYPE, number, size), pointer), -ENOTTY);
        CHECK_EQUAL(call(fd, _IOC(_IOC_NONE, AIMC_ACCEL_TYPE, number, size), pointer), -ENOTTY);
    }
    CHECK_EQUAL(context_info(fd, context.ctx).submitted, 0);
    return ok();
}
