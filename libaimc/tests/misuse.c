/*
 * What counts as misuse of the tile and what does not, at whatever geometry it has.
 */
#include <aimc/aimc.h>
#include <aimc/isa.h>

#include <stddef.h>

#include "check.h"

static uint64_t last_count;

/* The misuses since the last call. */
static uint64_t misuses(void)
{
    const uint64_t count = aimc_cm_status(AIMC_STATUS_MISUSE);
    const uint64_t grown = count - last_count;
    last_count = count;
    return grown;
}

/* Runs the queue, or the output, up to the word that crosses or touches the end of its memory, exclusive. */
static void queue_to_last_word(uint64_t rows)
{
    for (uint64_t i = 0; i + 4 < rows; i += 4)
        aimc_cm_queue(0);
}

static void dequeue_to_last_word(uint64_t columns)
{
    for (uint64_t i = 0; i + 4 < columns; i += 4)
        (void)aimc_cm_dequeue();
}

int main(void)
{
    uint64_t rows, columns;
    uint32_t spare; /* bytes of the last input word that no row has */
    aimc_device *device;
    aimc_counters counters;

    CHECK(aimc_open(&device) == AIMC_OK);
    CHECK(misuses() == 0);
    CHECK(aimc_cm_dequeue() == 0); /* no MVM yet */
    CHECK(misuses() == 1);
    /* A device counts from when it was opened. */
    CHECK(aimc_close(device) == AIMC_OK);
    CHECK(aimc_open(&device) == AIMC_OK);
    CHECK(misuses() == 0);
    rows = aimc_cm_status(AIMC_STATUS_ROWS);
    columns = aimc_cm_status(AIMC_STATUS_COLUMNS);
    spare = (uint32_t)(-rows & 3);

    CHECK(aimc_cm_param_write(columns - 1, rows - 1, 1) == 0);
    CHECK(aimc_cm_param_write(0, 0, 1) == 0);
    CHECK(misuses() == 0);
    CHECK(aimc_cm_param_write(columns, 0, 1) == 1);
    CHECK(aimc_cm_param_write(0, rows, 1) == 1);
    CHECK(aimc_cm_param_write(UINT64_MAX, 0, 1) == 1);
    CHECK(aimc_cm_param_write(UINT64_C(1) << 32, 0, 1) == 1);
    CHECK(misuses() == 4);
    CHECK(aimc_cm_param_read(columns, 0) == 0);
    CHECK(aimc_cm_param_read(0, UINT64_MAX) == 0);
    CHECK(misuses() == 2);

    /* The last word fits exactly, or with padding. */
    queue_to_last_word(rows);
    aimc_cm_queue(0xffffffffu >> (8 * spare));
    CHECK(misuses() == 0);
    aimc_cm_queue(0);
    CHECK(misuses() == 1);
    aimc_cm_queue(1);
    CHECK(misuses() == 1);
    aimc_cm_process();

    dequeue_to_last_word(columns);
    /* The last input of -1 met the last weight of 1. */
    CHECK(aimc_cm_dequeue() == 0xffu << (8 * ((columns - 1) & 3)));
    CHECK(misuses() == 0);
    CHECK(aimc_cm_dequeue() == 0);
    CHECK(misuses() == 1);

    /* The MVM took both positions back to the start. */
    aimc_cm_queue(100);
    aimc_cm_process();
    CHECK(aimc_cm_dequeue() == 100);
    CHECK(misuses() == 0);

    CHECK(aimc_statistics(device, &counters) == AIMC_OK);
    printf("misuse %lu in all, %lu since opened, %lu saturated\n", (unsigned long)last_count,
           (unsigned long)counters.misuse, (unsigned long)counters.saturated_outputs);
    CHECK(counters.misuse == last_count - 1);
    CHECK(counters.saturated_outputs == 0);
    CHECK(aimc_close(device) == AIMC_OK);
    return check_result();
}
