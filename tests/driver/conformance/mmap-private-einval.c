/* Buffers are mapped shared only. */
#include "check.h"

int main(void)
{
    int fd = open_device();
    struct buffer buffer = new_buffer(fd, PAGE);
    CHECK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, (off_t)buffer.offset) == MAP_FAILED);
    CHECK_EQUAL(errno, EINVAL);
    CHECK(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, (off_t)buffer.offset) == MAP_FAILED);
    CHECK_EQUAL(errno, EINVAL);
    int8_t *reading = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, (off_t)buffer.offset);
    CHECK(reading != MAP_FAILED);
    buffer.bytes[1] = 5;
    CHECK_EQUAL(reading[1], 5);
    return ok();
}
