/*
 * The software tile's own interface: geometries, and a tile for each thread. For the host.
 */
#include <aimc/isa.h>

#include <pthread.h>

#include "check.h"

static void *other_thread(void *unused)
{
    CHECK(aimc_cm_status(AIMC_STATUS_ROWS) == AIMC_SOFTWARE_TILE_ROWS);
    CHECK(aimc_cm_param_read(0, 0) == 0);
    CHECK(aimc_cm_param_write(0, 0, 9) == 0);
    return unused;
}

/* Memories that end inside a word: 6 inputs, 5 outputs. */
static void odd_ends(void)
{
    CHECK(aimc_software_tile_configure(6, 5) == 0);
    CHECK(aimc_cm_status(AIMC_STATUS_ROWS) == 6 && aimc_cm_status(AIMC_STATUS_COLUMNS) == 5);
    CHECK(aimc_cm_param_read(0, 0) == 0);
    CHECK(aimc_cm_param_write(4, 5, -1) == 0);
    CHECK(aimc_cm_param_write(5, 5, 1) == 1);
    CHECK(aimc_cm_param_write(4, 6, 1) == 1);
    CHECK(aimc_cm_status(AIMC_STATUS_MISUSE) == 2);
    aimc_cm_queue(0);
    aimc_cm_queue(0x00002a00); /* row 5 = 42, then padding */
    CHECK(aimc_cm_status(AIMC_STATUS_MISUSE) == 2);
    aimc_cm_process();
    aimc_cm_queue(0);
    aimc_cm_queue(0x00012a00); /* a byte too many, the rest is stored */
    CHECK(aimc_cm_status(AIMC_STATUS_MISUSE) == 3);
    aimc_cm_process();
    CHECK(aimc_cm_dequeue() == 0);
    CHECK(aimc_cm_dequeue() == 0xd6); /* -42, then padding */
    CHECK(aimc_cm_status(AIMC_STATUS_MISUSE) == 3);
    CHECK(aimc_cm_dequeue() == 0);
    CHECK(aimc_cm_status(AIMC_STATUS_MISUSE) == 4);
}

int main(void)
{
    pthread_t thread;

    CHECK(aimc_cm_param_write(0, 0, 7) == 0);
    CHECK(pthread_create(&thread, NULL, other_thread, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(aimc_cm_param_read(0, 0) == 7);
    CHECK(aimc_software_tile_configure(0, 5) == -1);
    CHECK(aimc_software_tile_configure(5, AIMC_SOFTWARE_TILE_LIMIT + 1) == -1);
    CHECK(aimc_cm_param_read(0, 0) == 7);
    odd_ends();
    return check_result();
}
