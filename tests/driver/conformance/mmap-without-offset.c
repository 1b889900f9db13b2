/* Only offsets that BO_MMAP gave can be mapped. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
    CHECK_EQUAL(errno, EINVAL);
    struct buffer buffer = new_buffer(fd, PAGE), other = new_buffer(fd, PAGE);
    CHECK(buffer.offset != other.offset);
    if (buffer.offset != 0 && other.offset != 0) {
        CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
        CHECK_EQUAL(errno, EINVAL);
    }
    struct aimc_bo_mmap again = {.handle = buffer.handle};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_BO_MMAP, &again), 0);
    CHECK_EQUAL(again.offset, buffer.offset);
    CHECK_EQUAL(again.offset % PAGE, 0);
    return ok();
}
