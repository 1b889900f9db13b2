/* The memory of buffers comes back: when they are closed and unmapped, when clients end, when processes die.
 * Needs a small memory. */
#include "check.h"

enum { SIZE = 16 << 20, ROUNDS = 12 };

static void use_and_die(void *unused)
{
    (void)unused;
    struct buffer buffer = new_buffer(open_device(), SIZE);
    for (size_t i = 0; i < SIZE; i += PAGE)
        buffer.bytes[i] = 1;
    raise(SIGKILL);
}

int main(void)
{
    int fd = open_device();
    for (int round = 0; round < ROUNDS; round++) {
        struct buffer buffer = new_buffer(fd, SIZE);
        for (size_t i = 0; i < SIZE; i += PAGE) {
            CHECK_EQUAL(buffer.bytes[i], 0);
            buffer.bytes[i] = 1;
        }
        if (round % 2)
            CHECK_EQUAL(close_buffer(fd, buffer.handle), 0);
        CHECK_EQUAL(munmap(buffer.bytes, SIZE), 0);
        if (round % 2 == 0) {
            CHECK_EQUAL(close(fd), 0);
            fd = open_device();
        }
        CHECK(WIFSIGNALED(in_child(use_and_die, NULL)));
    }
    return ok();
}
