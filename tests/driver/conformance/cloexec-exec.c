/* exec closes a client whose descriptor is close-on-exec, and keeps another one. */
#include "check.h"

int main(int argc, char **argv)
{
    if (argc == 1) {
        int closed = open_device(), kept = open(DEVICE, O_RDWR);
        CHECK(kept >= 0);
        struct context context;
        char arguments[2][16];
        CHECK_EQUAL(try_context(closed, 1, 0, 1, NULL), 0);
        CHECK_EQUAL(try_context(kept, 1, 0, 2, &context), 0);
        snprintf(arguments[0], sizeof arguments[0], "%d", kept);
        snprintf(arguments[1], sizeof arguments[1], "%u", context.ctx);
        execl("/proc/self/exe", argv[0], arguments[0], arguments[1], NULL);
        CHECK(!"exec failed");
    }
    int fd = atoi(argv[1]);
    CHECK_EQUAL(free_tiles(), 1);
    CHECK_EQUAL(context_info(fd, (uint32_t)atoi(argv[2])).tile_mask, 2);
    struct context context = {.fd = fd, .ctx = (uint32_t)atoi(argv[2]), .tile = 1};
    CHECK_EQUAL(status_of(context, keep_busy(context)), 0);
    return ok();
}
