/* Arguments that cannot be read are EFAULT with each command: no address, one without memory, one of the kernel. */
#include "commands.h"

int main(void)
{
    int fd = open_device();
    struct context context = new_context(fd, 0);
    char *gone = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *none = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(gone != MAP_FAILED && none != MAP_FAILED);
    CHECK_EQUAL(munmap(gone, PAGE), 0);
    void *const kernel = (void *)0xFFFF000000000000ull;
    void *const bad[] = {NULL, gone, none, kernel, (void *)8, (void *)-8ll, (void *)(1ull << 63)};
    for (int i = 0; i < COMMANDS; i++)
        for (size_t j = 0; j < sizeof bad / sizeof *bad; j++)
            CHECK_EQUAL(call(fd, commands[i], bad[j]), -EFAULT);
    CHECK_EQUAL(query(fd, AIMC_TOPIC_DEVICE, 0, NULL, 8), -EFAULT);
    CHECK_EQUAL(query(fd, AIMC_TOPIC_DEVICE, 0, none, 1), -EFAULT);
    struct aimc_device_info info;
    CHECK_EQUAL(query(fd, AIMC_TOPIC_DEVICE, 0, &info, UINT32_MAX), -EINVAL);
    CHECK_EQUAL(context_info(fd, context.ctx).submitted, 0);
    return ok();
}
