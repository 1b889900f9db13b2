/*
 * Threads that use AIMClib: those of one core share its weights, one after the other and at once; those of another core
 * have a tile of their own. Needs a machine with two cores.
 */
#include "place.h"

#include "aimc.hh"

#include <pthread.h>
#include <stddef.h>

#include "check.h"

namespace {

const int Size = 9;

pthread_barrier_t both;

struct Job {
    int core;
    int8_t factor;
    void (*work)(const Job &);
};

void map_diagonal(const Job &job)
{
    for (int i = 0; i < Size; i++)
        CHECK(aimcParamWrite((uint64_t)i, (uint64_t)i, (uint64_t)job.factor) == 0);
}

void queue_inputs()
{
    int8_t inputs[Size];
    for (int i = 0; i < Size; i++)
        inputs[i] = (int8_t)(i - 4);
    queueVector(Size, inputs);
}

void check_outputs(int8_t factor)
{
    int8_t outputs[Size];
    dequeueVector(Size, outputs);
    for (int i = 0; i < Size; i++)
        CHECK(outputs[i] == (i - 4) * factor);
}

void multiply(const Job &job)
{
    queue_inputs();
    aimcProcess();
    check_outputs(job.factor);
}

/* In step with another thread. */
void multiply_at_once(const Job &job)
{
    for (int round = 0; round < 5; round++) {
        pthread_barrier_wait(&both);
        queue_inputs();
        pthread_barrier_wait(&both);
        aimcProcess();
        pthread_barrier_wait(&both);
        check_outputs(job.factor);
    }
}

void *run(void *argument)
{
    const Job &job = *static_cast<const Job *>(argument);
    CHECK(stay_on_core(job.core) == 0);
    job.work(job);
    return nullptr;
}

void run_two(Job first, Job second)
{
    pthread_t threads[2];
    CHECK(pthread_create(&threads[0], nullptr, run, &first) == 0);
    CHECK(pthread_create(&threads[1], nullptr, run, &second) == 0);
    for (pthread_t thread : threads)
        CHECK(pthread_join(thread, nullptr) == 0);
}

} // namespace

int main(int count, char **)
{
    CHECK(pthread_barrier_init(&both, nullptr, 2) == 0);
    run_two({0, 2, map_diagonal}, {1, -3, map_diagonal});
    run_two({0, 2, multiply}, {1, -3, multiply});
    puts("weights outlive the thread that mapped them");
    run_two({0, 2, multiply_at_once}, {1, -3, multiply_at_once});
    puts("cores have tiles of their own");
    /* A driver keeps the input memories of threads apart; without one they are the core's. */
    if (count > 1) {
        run_two({1, -3, multiply_at_once}, {1, -3, multiply_at_once});
        puts("threads of one core have input memories of their own");
    }
    return check_result();
}
