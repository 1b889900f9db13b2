/* A child's descriptor keeps the client when the parent closes its own. */
#include "check.h"

int main(void)
{
    int ends[2], status;
    char byte;
    struct context context = new_context(open_device(), 0);
    CHECK_EQUAL(pipe(ends), 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        CHECK_EQUAL(read(ends[0], &byte, 1), 1);
        CHECK_EQUAL(status_of(context, keep_busy(context)), 0);
        _exit(0);
    }
    CHECK_EQUAL(close(context.fd), 0);
    CHECK_EQUAL(free_tiles(), 1);
    CHECK_EQUAL(write(ends[1], "g", 1), 1);
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    CHECK_EQUAL(status, 0);
    CHECK_EQUAL(free_tiles(), 2);
    return ok();
}
