/* A thread that has queued half a vector and then computes for longer than a quantum loses the tile to a job of another
 * process; when it queues the rest, everything is there again. The same between PROCESS and the outputs. */
#include "check.h"

enum { SIDE = 16, ROUNDS = 5 };

static volatile uint32_t *done; /* jobs; memory of both processes */
static int asked[2];

static void run_jobs(void)
{
    static int8_t weights[SIDE * SIDE];
    int8_t expected[SIDE];
    char byte;
    pin(1);
    struct context context = new_context(open_device(), AIMC_CTX_SHARED);
    struct buffer buffer = new_buffer(context.fd, PAGE);
    struct aimc_mvm mvm = mvm_of(context.tile, SIDE, SIDE, buffer, buffer);
    mvm.output_offset = SIDE;
    fill(weights, sizeof weights, 1, 20);
    program_matrix(context, SIDE, SIDE, weights);
    for (uint32_t job = 1; job <= 2 * ROUNDS; job++) {
        CHECK_EQUAL(read(asked[0], &byte, 1), 1);
        fill(buffer.bytes, SIDE, job, 10);
        multiply_on_tile(context, mvm);
        multiply(weights, SIDE, SIDE, SIDE, buffer.bytes, expected);
        CHECK(memcmp(buffer.bytes + SIDE, expected, SIDE) == 0);
        *done = job;
    }
}

/* Compute, without an instruction of the tile and without giving up the core, until the other process had it. */
static void compute_meanwhile(uint32_t job)
{
    uint32_t looks = 0;
    CHECK_EQUAL(write(asked[1], "a", 1), 1);
    while (*done < job)
        CHECK(++looks < 100000000);
}

static void queue(const int8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i += 4) {
        uint32_t word;
        memcpy(&word, bytes + i, 4);
        aimc_cm_queue(word);
    }
}

int main(void)
{
    static int8_t weights[SIDE * SIDE];
    int8_t input[SIDE], output[SIDE], expected[SIDE];
    int status;
    done = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(done != MAP_FAILED && pipe(asked) == 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        run_jobs();
        _exit(0);
    }
    pin(0);
    struct context context = new_context(open_device(), AIMC_CTX_SHARED);
    fill(weights, sizeof weights, 2, 20);
    program_matrix(context, SIDE, SIDE, weights);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        fill(input, SIDE, 100 + round, 10);
        queue(input, SIDE / 2);
        uint64_t before = tile_info(context.fd, context.tile).mvms;
        compute_meanwhile(1 + 2 * round);
        CHECK_EQUAL(tile_info(context.fd, context.tile).mvms, before + 1);
        queue(input + SIDE / 2, SIDE / 2);
        aimc_cm_process();
        compute_meanwhile(2 + 2 * round);
        for (int j = 0; j < SIDE; j += 4) {
            uint32_t word = aimc_cm_dequeue();
            memcpy(output + j, &word, 4);
        }
        multiply(weights, SIDE, SIDE, SIDE, input, expected);
        CHECK(memcmp(output, expected, SIDE) == 0);
    }
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    CHECK_EQUAL(status, 0);
    return ok();
}
