/* BUSY is 1 after PROCESS and 0 once the multiplication is done, which a load of an output waits for. */
#include "registers.h"

int main(void)
{
    struct context context = new_context(open_device(), 0);
    char *page = map_registers(context);
    CHECK_EQUAL(load_8(page, AIMC_REG_BUSY), 0);
    for (int i = 0; i < 8; i++)
        store_4(page, AIMC_REG_PROCESS, 0); /* each behind the one before */
    CHECK_EQUAL(load_8(page, AIMC_REG_BUSY), 1);
    int looks = 0;
    while (load_4(page, AIMC_REG_BUSY))
        CHECK(++looks < 1000);
    CHECK(looks > 0);
    CHECK_EQUAL(load_8(page, AIMC_REG_BUSY), 0);

    for (int i = 0; i < 8; i++)
        store_4(page, AIMC_REG_PROCESS, 0);
    load_4(page, AIMC_REG_OUTPUT);
    CHECK_EQUAL(load_4(page, AIMC_REG_BUSY), 0);
    CHECK_EQUAL(tile_info(context.fd, context.tile).mvms, 16);
    return ok();
}
