/* A thousand clients that die of SIGKILL or SIGSEGV, with contexts, buffers, bindings and jobs, leave nothing. */
#include "check.h"

enum { CLIENTS = 1000 };

static void crash(void *number)
{
    uintptr_t i = (uintptr_t)number;
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, 16 * PAGE);
    buffer.bytes[PAGE] = 1;
    if (i % 4 == 1)
        CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    if (i % 4 == 2) {
        struct aimc_mvm mvm = mvm_of(context.tile, 4, 4, buffer, buffer);
        CHECK(submit(context, &mvm, 1) > 0);
    }
    if (i % 2)
        raise(SIGKILL);
    *(volatile char *)NULL = 0;
}

int main(void)
{
    for (uintptr_t i = 0; i < CLIENTS; i++) {
        int status = in_child(crash, (void *)i);
        CHECK(WIFSIGNALED(status));
        CHECK_EQUAL(WTERMSIG(status), i % 2 ? SIGKILL : SIGSEGV);
    }
    int fd = open_device();
    struct aimc_device_info info = device_info(fd);
    CHECK_EQUAL(free_tiles(), info.tiles);
    for (uint32_t tile = 0; tile < info.tiles; tile++) {
        CHECK_EQUAL(tile_info(fd, tile).contexts, 0);
        CHECK_EQUAL(tile_info(fd, tile).bound, 0);
    }
    struct aimc_bo_create create;
    CHECK_EQUAL(try_buffer(fd, info.buffer_limit, &create), 0);
    struct context context = new_context(fd, 0);
    CHECK_EQUAL(status_of(context, keep_busy(context)), 0);
    return ok();
}
