/* Binding and unbinding again and again costs nothing that stays, and weights stay. */
#include "check.h"

int main(void)
{
    struct context context = new_context(open_device(), 0);
    pin(0);
    for (int round = 0; round < 200; round++) {
        CHECK_EQUAL(bind_tile(context, 0, 0), 0);
        CHECK_EQUAL(aimc_cm_param_read(3, 2), round == 0 ? 0 : (round - 1) % 100);
        CHECK_EQUAL(aimc_cm_param_write(3, 2, (int8_t)(round % 100)), 0);
        CHECK_EQUAL(bind_tile(context, 0, AIMC_BIND_OFF), 0);
    }
    return ok();
}
