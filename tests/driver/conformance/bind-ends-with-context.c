/* A binding ends with its context and with its client. */
#include "check.h"

int main(void)
{
    pin(0);
    int fd = open_device();
    struct context context = new_context(fd, 0);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    CHECK(instructions_work());
    CHECK_EQUAL(destroy_context(context), 0);
    CHECK(!instructions_work());
    CHECK_EQUAL(tile_info(fd, context.tile).bound, 0);

    context = new_context(fd, 0);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    CHECK(instructions_work());
    CHECK_EQUAL(close(fd), 0);
    CHECK(!instructions_work());
    fd = open_device();
    CHECK_EQUAL(tile_info(fd, context.tile).bound, 0);
    return ok();
}
