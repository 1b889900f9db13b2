/* A buffer is rounded up to whole pages and full of zeros, also where its memory had another use before. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    struct aimc_bo_create create;
    for (int round = 0; round < 3; round++) {
        CHECK_EQUAL(try_buffer(fd, 1, &create), 0);
        CHECK_EQUAL(create.size, PAGE);
        CHECK_EQUAL(close_buffer(fd, create.handle), 0);
        struct buffer buffer = new_buffer(fd, 3 * PAGE + 1);
        CHECK_EQUAL(buffer.size, 4 * PAGE);
        for (uint64_t i = 0; i < buffer.size; i++)
            CHECK_EQUAL(buffer.bytes[i], 0);
        memset(buffer.bytes, 0x5A, buffer.size);
        CHECK_EQUAL(munmap(buffer.bytes, buffer.size), 0);
        CHECK_EQUAL(close_buffer(fd, buffer.handle), 0);
    }
    CHECK_EQUAL(try_buffer(fd, PAGE, &create), 0);
    CHECK_EQUAL(create.size, PAGE);
    return ok();
}
