/* Parent and child see each other's writes to a mapped buffer, and so do two mappings of one process. */
#include "check.h"

static struct buffer buffer;
static int fd;

static void child(void *unused)
{
    (void)unused;
    CHECK_EQUAL(buffer.bytes[0], 1);
    buffer.bytes[PAGE] = 2;
    int8_t *again = mmap(NULL, buffer.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)buffer.offset);
    CHECK(again != MAP_FAILED && again != buffer.bytes);
    CHECK_EQUAL(again[PAGE], 2);
    again[2 * PAGE - 1] = 3;
    CHECK_EQUAL(buffer.bytes[2 * PAGE - 1], 3);
}

int main(void)
{
    fd = open_device();
    buffer = new_buffer(fd, 2 * PAGE);
    buffer.bytes[0] = 1;
    CHECK_EQUAL(in_child(child, NULL), 0);
    CHECK_EQUAL(buffer.bytes[PAGE], 2);
    CHECK_EQUAL(buffer.bytes[2 * PAGE - 1], 3);
    return ok();
}
