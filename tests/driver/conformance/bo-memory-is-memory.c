/* Mapped buffers are memory like any other: for system calls, for matrices of PROGRAM and READBACK, for madvise. */
#include "check.h"

int main(void)
{
    int ends[2], fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, 2 * PAGE);
    CHECK_EQUAL(pipe(ends), 0);
    fill(buffer.bytes + PAGE - 32, 64, 1, 100);
    CHECK_EQUAL(write(ends[1], buffer.bytes + PAGE - 32, 64), 64);
    CHECK_EQUAL(read(ends[0], buffer.bytes + 100, 64), 64);
    CHECK(memcmp(buffer.bytes + 100, buffer.bytes + PAGE - 32, 64) == 0);
    program_matrix(context, 8, 8, buffer.bytes + PAGE - 32);
    CHECK_EQUAL(read_back(context, 8, 8, buffer.bytes + 300), 0);
    CHECK(memcmp(buffer.bytes + 300, buffer.bytes + 100, 64) == 0);
    int8_t *again = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, (off_t)buffer.offset);
    CHECK(again != MAP_FAILED);
    CHECK(memcmp(again + 300, buffer.bytes + 100, 64) == 0);
    madvise(buffer.bytes, 2 * PAGE, MADV_DONTNEED);
    CHECK(memcmp(again + 300, buffer.bytes + 100, 64) == 0);
    CHECK_EQUAL(munmap(buffer.bytes, PAGE), 0);
    CHECK_EQUAL(buffer.bytes[PAGE], again[PAGE]);
    CHECK(strstr(content("/proc/self/maps"), DEVICE) != NULL);
    return ok();
}
