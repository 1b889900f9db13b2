/*
 * A device serves only the thread that opened it.
 */
#include <aimc/aimc.h>

#include <pthread.h>
#include <stddef.h>

#include "check.h"

static aimc_device *device;
static aimc_matrix *matrix;

static void *intrude(void *unused)
{
    const int8_t weight = 1;
    int8_t output = 42;
    aimc_matrix *mapped = NULL;
    aimc_counters counters;
    uint32_t rows = 7;

    CHECK(aimc_mvm(matrix, &weight, &output) == AIMC_ERR_WRONG_THREAD);
    CHECK(output == 42);
    CHECK(aimc_map(device, 5, 5, 1, 1, &weight, 1, &mapped) == AIMC_ERR_WRONG_THREAD);
    CHECK(mapped == NULL);
    CHECK(aimc_unmap(matrix) == AIMC_ERR_WRONG_THREAD);
    CHECK(aimc_geometry(device, &rows, NULL) == AIMC_ERR_WRONG_THREAD);
    CHECK(rows == 7);
    CHECK(aimc_statistics(device, &counters) == AIMC_ERR_WRONG_THREAD);
    CHECK(aimc_close(device) == AIMC_ERR_WRONG_THREAD);
    puts("another thread is refused");
    return unused;
}

int main(void)
{
    const int8_t weight = 3, input = 4;
    int8_t output = 0;
    pthread_t thread;

    CHECK(aimc_open(&device) == AIMC_OK);
    CHECK(aimc_map(device, 0, 0, 1, 1, &weight, 1, &matrix) == AIMC_OK);
    CHECK(pthread_create(&thread, NULL, intrude, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(aimc_mvm(matrix, &input, &output) == AIMC_OK);
    CHECK(output == 12);
    CHECK(aimc_close(device) == AIMC_OK);
    return check_result();
}
