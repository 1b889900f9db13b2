/* A process that is killed leaves nothing: all tiles are free, its bindings and jobs are gone. */
#include "check.h"

int main(void)
{
    int ends[2], status;
    char byte;
    CHECK_EQUAL(pipe(ends), 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        int fd = open_device();
        struct context first = new_context(fd, 0), second;
        pin(0);
        CHECK_EQUAL(bind_tile(first, 0, 0), 0);
        CHECK(instructions_work());
        CHECK_EQUAL(try_context(fd, 1, 0, 0, &second), 0);
        new_buffer(fd, 10 * PAGE);
        for (int i = 0; i < 5; i++)
            keep_busy(second);
        CHECK_EQUAL(write(ends[1], "r", 1), 1);
        pause();
    }
    CHECK_EQUAL(read(ends[0], &byte, 1), 1);
    CHECK_EQUAL(free_tiles(), 0);
    CHECK_EQUAL(kill(pid, SIGKILL), 0);
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    CHECK(WIFSIGNALED(status));
    sleep_ns(20 * MS);
    int fd = open_device();
    CHECK_EQUAL(free_tiles(), device_info(fd).tiles);
    for (uint32_t tile = 0; tile < device_info(fd).tiles; tile++)
        CHECK_EQUAL(tile_info(fd, tile).bound, 0);
    return ok();
}
