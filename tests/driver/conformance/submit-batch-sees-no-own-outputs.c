/* A multiplication does not see the outputs of its own batch: what it reads was there before the batch. */
#include "check.h"

int main(void)
{
    enum { SIDE = 4 };
    const int8_t identity[SIDE * SIDE] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    program_matrix(context, SIDE, SIDE, identity);
    memset(buffer.bytes, 1, SIDE);
    memset(buffer.bytes + SIDE, 2, SIDE);
    struct aimc_mvm mvms[2] = {mvm_of(context.tile, SIDE, SIDE, buffer, buffer),
                               mvm_of(context.tile, SIDE, SIDE, buffer, buffer)};
    mvms[0].output_offset = mvms[1].input_offset = SIDE;
    mvms[1].output_offset = 2 * SIDE;
    int64_t fence = submit(context, mvms, 2);
    CHECK_EQUAL(status_of(context, (uint64_t)fence), 0);
    for (int j = 0; j < SIDE; j++) {
        CHECK_EQUAL(buffer.bytes[SIDE + j], 1);
        CHECK_EQUAL(buffer.bytes[2 * SIDE + j], 2);
    }
    return ok();
}
