/* All threads of the process use the bound tile, on its own core; on another core an instruction is SIGILL. */
#include "check.h"

static void *on_both_cores(void *unused)
{
    pin(1);
    CHECK(!instructions_work());
    pin(0);
    CHECK(instructions_work());
    pin(1);
    CHECK(!instructions_work());
    return unused;
}

static void die_on_other_core(void *argument)
{
    struct context context = {.fd = open_device()};
    (void)argument;
    context = new_context(context.fd, 0);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    pin(1);
    execute_instruction(NULL);
}

int main(void)
{
    int status = in_child(die_on_other_core, NULL);
    CHECK(WIFSIGNALED(status));
    CHECK_EQUAL(WTERMSIG(status), SIGILL);

    pthread_t thread;
    struct context context = new_context(open_device(), 0);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    CHECK_EQUAL(pthread_create(&thread, NULL, on_both_cores, NULL), 0);
    CHECK_EQUAL(pthread_join(thread, NULL), 0);
    pin(0);
    CHECK(instructions_work());
    return ok();
}
