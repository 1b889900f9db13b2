/*
 * Two threads on two cores have a tile each, at the same time. Needs a machine with two cores.
 */
#define _GNU_SOURCE

#include "place.h"

#include <aimc/aimc.h>
#include <aimc/isa.h>

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "check.h"

enum { SIZE = 12, ROUNDS = 20 };

static pthread_barrier_t both;
static int8_t outputs[2][SIZE];

static void *multiply(void *argument)
{
    const int core = (int)(intptr_t)argument;
    int8_t weights[SIZE][SIZE] = {{0}}, input[SIZE];
    aimc_device *device = NULL;
    aimc_matrix *matrix = NULL;
    aimc_counters counters;

    CHECK(stay_on_core(core) == 0);
    pthread_barrier_wait(&both);
    CHECK(aimc_open(&device) == AIMC_OK);
    for (int i = 0; i < SIZE; i++) {
        weights[i][i] = (int8_t)(core + 2);
        input[i] = (int8_t)i;
    }
    CHECK(aimc_map(device, 0, 0, SIZE, SIZE, weights[0], SIZE, &matrix) == AIMC_OK);
    for (int round = 0; round < ROUNDS; round++) {
        pthread_barrier_wait(&both);
        CHECK(aimc_mvm(matrix, input, outputs[core]) == AIMC_OK);
        for (int i = 0; i < SIZE; i++)
            CHECK(outputs[core][i] == i * (core + 2));
    }
    if (core == 0)
        aimc_cm_param_write(UINT64_MAX, 0, 1);
    CHECK(aimc_statistics(device, &counters) == AIMC_OK);
    CHECK(counters.misuse == (uint64_t)(core == 0));
    pthread_barrier_wait(&both);
    CHECK(aimc_close(device) == AIMC_OK);
    return NULL;
}

int main(void)
{
    pthread_t thread;

    CHECK(pthread_barrier_init(&both, NULL, 2) == 0);
    CHECK(pthread_create(&thread, NULL, multiply, (void *)(intptr_t)1) == 0);
    multiply((void *)(intptr_t)0);
    CHECK(pthread_join(thread, NULL) == 0);
    for (int core = 0; core < 2; core++)
        printf("core %d: %d, %d, … %d\n", core, outputs[core][0], outputs[core][1], outputs[core][SIZE - 1]);
    return check_result();
}
