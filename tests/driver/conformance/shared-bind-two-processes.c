/* Two processes that have bound contexts which share the tile of a core, and run there, each compute with their own
 * weights: those of PROGRAM before, and those that they write by instructions meanwhile. */
#include "check.h"

enum { ROUNDS = 300, SIDE = 16 };

static void compute(uint32_t number)
{
    static int8_t weights[SIDE * SIDE];
    int8_t input[SIDE], output[SIDE], expected[SIDE];
    pin(0);
    struct context context = new_context(open_device(), AIMC_CTX_SHARED);
    fill(weights, sizeof weights, number, 20);
    program_matrix(context, SIDE, SIDE, weights);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint32_t place = (round * 31 + number) % (SIDE * SIDE), word;
        int8_t weight = (int8_t)(round + 100 * number);
        CHECK_EQUAL(aimc_cm_param_write(place % SIDE, place / SIDE, weight), 0);
        weights[place] = weight;
        fill(input, SIDE, 1000 * number + round, 5);
        for (uint32_t i = 0; i < SIDE; i += 4) {
            memcpy(&word, input + i, 4);
            aimc_cm_queue(word);
            if (i == round % SIDE)
                sched_yield();
        }
        aimc_cm_process();
        if (round % 3 == 0)
            sched_yield();
        for (uint32_t j = 0; j < SIDE; j += 4) {
            word = aimc_cm_dequeue();
            memcpy(output + j, &word, 4);
            if (round % 5 == 0 && j == SIDE / 2)
                sched_yield();
        }
        multiply(weights, SIDE, SIDE, SIDE, input, expected);
        CHECK(memcmp(output, expected, SIDE) == 0);
        CHECK_EQUAL(aimc_cm_param_read(place % SIDE, place / SIDE), weight);
    }
    static int8_t seen[SIDE * SIDE];
    CHECK_EQUAL(bind_tile(context, 0, AIMC_BIND_OFF), 0);
    CHECK_EQUAL(read_back(context, SIDE, SIDE, seen), 0);
    CHECK(memcmp(seen, weights, sizeof seen) == 0);
}

int main(void)
{
    enum { PROCESSES = 2 };
    struct rusage usage;
    int status;
    for (uint32_t number = 0; number < PROCESSES; number++) {
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            compute(number);
            _exit(0);
        }
    }
    for (uint32_t number = 0; number < PROCESSES; number++) {
        CHECK(wait(&status) > 0);
        CHECK_EQUAL(status, 0);
    }
    CHECK_EQUAL(getrusage(RUSAGE_CHILDREN, &usage), 0);
    CHECK(usage.ru_nvcsw + usage.ru_nivcsw > ROUNDS); /* they did take turns */
    return ok();
}
