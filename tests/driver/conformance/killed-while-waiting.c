/* SIGKILL ends a process in each ioctl that waits, at once, and its client with it. */
#include "check.h"

static int ready[2];

static void wait_in(void *number)
{
    int8_t seen[16];
    struct aimc_wait wait;
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_mvm mvm = mvm_of(context.tile, 4, 4, buffer, buffer);
    struct aimc_bo_wait idle = {.handle = buffer.handle, .timeout_ns = FOREVER};
    for (int i = 0; i < 8; i++)
        keep_busy(context);
    int64_t fence = submit(context, &mvm, 1);
    CHECK_EQUAL(write(ready[1], "r", 1), 1);
    switch ((uintptr_t)number) {
    case 0:
        wait_until(context, (uint64_t)fence, FOREVER, &wait);
        break;
    case 1:
        call(fd, AIMC_IOCTL_BO_WAIT, &idle);
        break;
    case 2:
        read_back(context, 4, 4, seen);
        break;
    default:
        wait = (struct aimc_wait){
            .ctx = context.ctx, .flags = AIMC_WAIT_POLL, .fence = (uint64_t)fence, .timeout_ns = FOREVER};
        call(fd, AIMC_IOCTL_WAIT, &wait);
    }
}

int main(void)
{
    CHECK_EQUAL(pipe(ready), 0);
    for (uintptr_t i = 0; i < 4; i++) {
        char byte;
        int status;
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            wait_in((void *)i);
            _exit(0);
        }
        CHECK_EQUAL(read(ready[0], &byte, 1), 1);
        sleep_ns(MS);
        int64_t begin = now_ns();
        CHECK_EQUAL(kill(pid, SIGKILL), 0);
        CHECK_EQUAL(waitpid(pid, &status, 0), pid);
        CHECK(WIFSIGNALED(status));
        CHECK_EQUAL(WTERMSIG(status), SIGKILL);
        CHECK(now_ns() - begin < 5 * MS);
        sleep_ns(20 * MS);
        CHECK_EQUAL(free_tiles(), 2);
    }
    return ok();
}
