/* A tile that another process has bound cannot be bound: EBUSY, until that process ends. */
#include "check.h"

static struct context context;
static int bound[2], enough[2];

int main(void)
{
    char byte;
    int status;
    pin(0);
    context = new_context(open_device(), 0);
    CHECK(pipe(bound) == 0 && pipe(enough) == 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        CHECK_EQUAL(bind_tile(context, 0, 0), 0);
        CHECK_EQUAL(write(bound[1], "b", 1), 1);
        CHECK_EQUAL(read(enough[0], &byte, 1), 1);
        CHECK(instructions_work());
        _exit(0);
    }
    CHECK_EQUAL(read(bound[0], &byte, 1), 1);
    CHECK_EQUAL(tile_info(context.fd, context.tile).bound, 1);
    CHECK_EQUAL(bind_tile(context, 0, 0), -EBUSY);
    CHECK(!instructions_work());
    CHECK_EQUAL(write(enough[1], "e", 1), 1);
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    CHECK_EQUAL(status, 0);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    return ok();
}
