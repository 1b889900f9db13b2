/*
 * The instructions one by one: what each reads, writes and leaves behind.
 */
#include <aimc/driver.h>
#include <aimc/isa.h>

#include <stddef.h>

#include "check.h"

static void weights(void)
{
    static const int8_t values[] = {0, 1, -1, 127, -128, 85, -86};
    for (unsigned i = 0; i < sizeof values; i++)
        CHECK(aimc_cm_param_write(i, 2 * i, values[i]) == 0);
    for (unsigned i = 0; i < sizeof values; i++)
        CHECK(aimc_cm_param_read(i, 2 * i) == values[i]);
    /* x is the column and y the row, not the other way round. */
    CHECK(aimc_cm_param_read(6, 3) == 0);
    CHECK(aimc_cm_param_read(12, 6) == 0);
    for (unsigned i = 0; i < sizeof values; i++)
        CHECK(aimc_cm_param_write(i, 2 * i, 0) == 0);
    puts("weights read back");
}

static void multiply(void)
{
    uint32_t word;
    /* Outputs 0 to 3: 2a - b, a + b + c, too large, too small. */
    aimc_cm_param_write(0, 0, 2);
    aimc_cm_param_write(0, 1, -1);
    for (unsigned y = 0; y < 3; y++) {
        aimc_cm_param_write(1, y, 1);
        aimc_cm_param_write(2, y, 127);
        aimc_cm_param_write(3, y, -127);
    }
    /* The fifth input meets a weight only if the words keep their order. */
    aimc_cm_param_write(0, 4, 100);
    aimc_cm_queue(0x00281e14); /* 20, 30, 40, 0 */
    aimc_cm_queue(0x000000ff); /* -1 */
    aimc_cm_process();
    word = aimc_cm_dequeue();
    printf("outputs %08lx\n", (unsigned long)word);
    CHECK((int8_t)(uint8_t)word == 20 * 2 - 30 - 100);
    CHECK((int8_t)(uint8_t)(word >> 8) == 90);
    CHECK((int8_t)(uint8_t)(word >> 16) == 127);
    CHECK((int8_t)(uint8_t)(word >> 24) == -128);
    CHECK(aimc_cm_dequeue() == 0);

    /* The MVM cleared the inputs and both positions: the same place is filled and read again. */
    aimc_cm_queue(0x000000f6); /* -10 */
    aimc_cm_process();
    word = aimc_cm_dequeue();
    printf("outputs %08lx\n", (unsigned long)word);
    CHECK(word == 0x7f80f6ec);
    aimc_cm_process();
    CHECK(aimc_cm_dequeue() == 0);
}

static void status(void)
{
    printf("version %lu\n", (unsigned long)aimc_cm_status(AIMC_STATUS_INTERFACE_VERSION));
    CHECK(aimc_cm_status(AIMC_STATUS_INTERFACE_VERSION) == AIMC_INTERFACE_VERSION);
    printf("geometry %lu x %lu\n", (unsigned long)aimc_cm_status(AIMC_STATUS_ROWS),
           (unsigned long)aimc_cm_status(AIMC_STATUS_COLUMNS));
    CHECK(aimc_cm_status(5) == 0);
    CHECK(aimc_cm_status(UINT64_MAX) == 0);
}

int main(void)
{
    (void)aimc_driver_attach();
    status();
    weights();
    multiply();
    printf("misuse %lu saturated %lu\n", (unsigned long)aimc_cm_status(AIMC_STATUS_MISUSE),
           (unsigned long)aimc_cm_status(AIMC_STATUS_SATURATED));
    CHECK(aimc_cm_status(AIMC_STATUS_MISUSE) == 0);
    CHECK(aimc_cm_status(AIMC_STATUS_SATURATED) == 4);
    return check_result();
}
