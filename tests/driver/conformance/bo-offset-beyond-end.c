/* A mapping lies within its buffer: EINVAL beyond the end. A part of a buffer can be mapped. */
#include "check.h"

static void *map(int fd, size_t length, uint64_t offset)
{
    return mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
}

static void expect_invalid(void *address)
{
    CHECK(address == MAP_FAILED);
    CHECK_EQUAL(errno, EINVAL);
}

int main(void)
{
    int fd = open_device();
    struct buffer buffer = new_buffer(fd, 3 * PAGE);
    expect_invalid(map(fd, 4 * PAGE, buffer.offset));
    expect_invalid(map(fd, 3 * PAGE, buffer.offset + PAGE));
    expect_invalid(map(fd, PAGE, buffer.offset + 3 * PAGE));
    expect_invalid(map(fd, PAGE, 1ull << 46));
    int8_t *part = map(fd, PAGE, buffer.offset + 2 * PAGE);
    CHECK(part != MAP_FAILED);
    part[5] = 9;
    CHECK_EQUAL(buffer.bytes[2 * PAGE + 5], 9);
    return ok();
}
