/* exec ends a binding. The client goes on where its descriptor stays open. */
#include "check.h"

int main(int argc, char **argv)
{
    pin(0);
    if (argc == 1) {
        struct context context = new_context(open_device(), 0);
        CHECK_EQUAL(bind_tile(context, 0, 0), 0);
        CHECK(instructions_work());
        CHECK_EQUAL(fcntl(context.fd, F_SETFD, 0), 0);
        char fd[16], ctx[16], tile[16];
        snprintf(fd, sizeof fd, "%d", context.fd);
        snprintf(ctx, sizeof ctx, "%u", context.ctx);
        snprintf(tile, sizeof tile, "%u", context.tile);
        execl("/proc/self/exe", argv[0], fd, ctx, tile, NULL);
        CHECK(!"exec failed");
    }
    struct context context = {
        .fd = atoi(argv[1]), .ctx = (uint32_t)atoi(argv[2]), .tile = (uint32_t)atoi(argv[3])};
    CHECK(!instructions_work());
    CHECK_EQUAL(tile_info(context.fd, context.tile).bound, 0);
    CHECK_EQUAL(bind_tile(context, 0, AIMC_BIND_OFF), -ENXIO);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    CHECK(instructions_work());
    return ok();
}
