/* A binding ends with the process that made it, also where the client goes on in another one. */
#include "check.h"

static struct context context;

static void bind_and_exit(void *unused)
{
    (void)unused;
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    CHECK(instructions_work());
}

static void bind_and_die(void *unused)
{
    bind_and_exit(unused);
    raise(SIGKILL);
}

int main(void)
{
    pin(0);
    context = new_context(open_device(), 0);
    CHECK_EQUAL(in_child(bind_and_exit, NULL), 0);
    CHECK_EQUAL(tile_info(context.fd, context.tile).bound, 0);
    CHECK(WIFSIGNALED(in_child(bind_and_die, NULL)));
    CHECK_EQUAL(tile_info(context.fd, context.tile).bound, 0);
    CHECK(!instructions_work());
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    CHECK(instructions_work());
    return ok();
}
