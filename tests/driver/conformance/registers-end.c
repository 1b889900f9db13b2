/* However it ends that a tile is used through its registers, a page that is still mapped gives all ones and changes
 * nothing of what the next context does with the tile. */
#include "registers.h"

enum end { BY_COMMAND, BY_DESTRUCTION, BY_CLOSE, BY_RESET, BY_LOSS };

static void end(struct context context, enum end how)
{
    struct aimc_reset reset = {0};
    if (how == BY_COMMAND)
        CHECK_EQUAL(end_registers(context), 0);
    else if (how == BY_DESTRUCTION)
        CHECK_EQUAL(destroy_context(context), 0);
    else if (how == BY_CLOSE)
        CHECK_EQUAL(close(context.fd), 0);
    else if (how == BY_LOSS)
        inject("wedged", "1");
    else
        CHECK_EQUAL(call(context.fd, AIMC_IOCTL_RESET, &reset), 0);
}

/* The weights that another context gives the tile by jobs, and the inputs that it queues by the registers. */
static void check_next_user(struct context context, char *before)
{
    int8_t weights[16], seen[16], ones[4] = {1, 1, 1, 1}, output[4];
    memset(weights, 5, sizeof weights);
    program_matrix(context, 4, 4, weights);
    check_revoked(before);
    CHECK_EQUAL(read_back(context, 4, 4, seen), 0);
    CHECK(memcmp(seen, weights, sizeof seen) == 0);
    char *page = map_registers(context);
    CHECK(page != before);
    uint64_t mvms = tile_info(context.fd, context.tile).mvms;
    queue_by(WORD, page, ones);
    check_revoked(before);
    CHECK_EQUAL(tile_info(context.fd, context.tile).mvms, mvms);
    store_4(page, AIMC_REG_PROCESS, 0);
    check_revoked(before);
    dequeue_by(WORD, page, output);
    CHECK_EQUAL(output[0], 20);
    CHECK_EQUAL(end_registers(context), 0);
}

int main(void)
{
    for (enum end how = BY_COMMAND; how <= BY_LOSS; how++) {
        int8_t weights[16];
        struct context context = new_context(open_device(), 0);
        memset(weights, 3, sizeof weights);
        program_matrix(context, 4, 4, weights);
        char *page = map_registers(context);
        CHECK(registers_work(page, 3));
        queue_by(WORD, page, weights); /* what is in the memories now is nobody's afterwards */
        end(context, how);
        check_revoked(page);
        if (how == BY_COMMAND) {
            CHECK_EQUAL(read_back(context, 4, 4, weights), 0);
            CHECK_EQUAL(weights[15], 3);
        }
        if (how == BY_LOSS) {
            struct aimc_reset reset = {0};
            CHECK_EQUAL(call(context.fd, AIMC_IOCTL_RESET, &reset), 0);
            check_revoked(page);
        }
        if (how != BY_DESTRUCTION && how != BY_CLOSE)
            CHECK_EQUAL(destroy_context(context), 0);
        struct context next = new_context(open_device(), 0);
        CHECK_EQUAL(tile_info(next.fd, next.tile).bound, 0);
        check_next_user(next, page);
        CHECK_EQUAL(close(next.fd), 0);
        check_revoked(page);
        CHECK_EQUAL(munmap(page, PAGE), 0);
    }
    return ok();
}
