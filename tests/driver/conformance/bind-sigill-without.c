/* An AIMC instruction without a bound tile is SIGILL: without a client, with a context only, and after the binding. */
#include "check.h"

static void expect_sigill(void)
{
    int status = in_child(execute_instruction, NULL);
    CHECK(WIFSIGNALED(status));
    CHECK_EQUAL(WTERMSIG(status), SIGILL);
    CHECK(!instructions_work());
}

int main(void)
{
    pin(0);
    expect_sigill();
    int fd = open_device();
    expect_sigill();
    struct context context = new_context(fd, 0);
    expect_sigill();
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    CHECK(instructions_work());
    CHECK_EQUAL(bind_tile(context, 0, AIMC_BIND_OFF), 0);
    expect_sigill();
    return ok();
}
