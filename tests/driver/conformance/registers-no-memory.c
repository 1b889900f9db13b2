/* Registers for whose page the machine has no memory are ENOMEM, and the tile is as it was.
 * Needs a small memory. */
#include "registers.h"

int main(void)
{
    int8_t weights[16];
    uint64_t offset;
    struct aimc_bo_create create;
    struct context context = new_context(open_device(), 0);
    memset(weights, 3, sizeof weights);
    program_matrix(context, 4, 4, weights);
    uint32_t last = 0;
    for (uint64_t size = 1 << 24; size >= PAGE; size /= 2)
        while (try_buffer(context.fd, size, &create) == 0)
            last = create.handle;
    CHECK(last != 0);
    CHECK_EQUAL(try_registers(context, 0, &offset), -ENOMEM);
    CHECK_EQUAL(tile_info(context.fd, context.tile).bound, 0);
    CHECK_EQUAL(end_registers(context), -ENXIO);
    CHECK_EQUAL(close_buffer(context.fd, last), 0);
    char *page = map_registers(context);
    CHECK(registers_work(page, 3));
    return ok();
}
