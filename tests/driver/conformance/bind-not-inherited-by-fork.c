/* A child has its parent's client but not its binding: an instruction is SIGILL, and the tile is the parent's. */
#include "check.h"

static struct context context;

static void child(void *unused)
{
    (void)unused;
    CHECK_EQUAL(bind_tile(context, 0, 0), -EBUSY);
    CHECK(!instructions_work());
}

static void child_later(void *unused)
{
    (void)unused;
    CHECK(!instructions_work());
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    CHECK(instructions_work());
}

int main(void)
{
    pin(0);
    context = new_context(open_device(), 0);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    CHECK(instructions_work());
    int status = in_child(execute_instruction, NULL);
    CHECK(WIFSIGNALED(status));
    CHECK_EQUAL(WTERMSIG(status), SIGILL);
    CHECK_EQUAL(in_child(child, NULL), 0);
    CHECK(instructions_work());
    CHECK_EQUAL(bind_tile(context, 0, AIMC_BIND_OFF), 0);
    CHECK_EQUAL(in_child(child_later, NULL), 0);
    return ok();
}
