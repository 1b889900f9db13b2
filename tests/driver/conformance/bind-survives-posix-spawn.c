/* A child that shares memory with its parent until exec (vfork, posix_spawn) ends no binding by its exec or end. */
#include "check.h"
#include <spawn.h>

int main(int argc, char **argv)
{
    pin(0);
    if (argc > 1) {
        CHECK(!instructions_work());
        return 0;
    }
    const int8_t two[4] = {2, 2, 2, 2};
    int status;
    uint32_t word;
    char *arguments[] = {argv[0], "child", NULL}, *environment[] = {NULL};
    struct context context = new_context(open_device(), 0);
    const int8_t ones[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    program_matrix(context, 4, 4, ones);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    memcpy(&word, two, 4);
    aimc_cm_queue(word);
    pid_t pid;
    CHECK_EQUAL(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environment), 0);
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    CHECK_EQUAL(status, 0);
    pid = vfork();
    if (pid == 0)
        _exit(0);
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    CHECK(instructions_work());
    aimc_cm_process();
    CHECK_EQUAL(aimc_cm_dequeue(), 0x08080808);
    CHECK_EQUAL(tile_info(context.fd, context.tile).bound, 1);
    return ok();
}
