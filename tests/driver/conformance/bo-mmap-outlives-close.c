/* A mapping keeps the buffer's memory when the handle is closed, and when the client is. */
#include "check.h"

static struct buffer kept;

static void child(void *unused)
{
    (void)unused;
    CHECK_EQUAL(kept.bytes[100], 42);
    kept.bytes[101] = 43;
}

int main(void)
{
    int fd = open_device();
    kept = new_buffer(fd, PAGE);
    kept.bytes[100] = 42;
    CHECK_EQUAL(close_buffer(fd, kept.handle), 0);
    struct buffer next = new_buffer(fd, PAGE);
    next.bytes[100] = 7;
    CHECK_EQUAL(kept.bytes[100], 42);
    CHECK_EQUAL(close(fd), 0);
    CHECK_EQUAL(kept.bytes[100], 42);
    CHECK_EQUAL(next.bytes[100], 7);
    CHECK_EQUAL(in_child(child, NULL), 0);
    CHECK_EQUAL(kept.bytes[101], 43);
    CHECK_EQUAL(munmap(kept.bytes, PAGE), 0);
    return ok();
}
