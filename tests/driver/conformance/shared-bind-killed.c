/* Of processes that use a shared tile by instructions one is killed in the middle of a vector: its binding ends, and
 * the others, by instructions and by jobs, go on with what is theirs. */
#include "check.h"

static int ready[2];

static struct context bound_context(int weight)
{
    int8_t weights[16];
    struct context context = new_context(open_device(), AIMC_CTX_SHARED);
    memset(weights, weight, sizeof weights);
    program_matrix(context, 4, 4, weights);
    CHECK_EQUAL(bind_tile(context, 0, 0), 0);
    return context;
}

static void queue_for_ever(void)
{
    bound_context(7);
    for (uint32_t word = 0;; word++) {
        aimc_cm_queue(word);
        if (word == 0)
            CHECK_EQUAL(write(ready[1], "r", 1), 1);
        sched_yield();
    }
}

int main(void)
{
    int8_t ones[4] = {1, 1, 1, 1}, output[4], weights[16];
    char byte;
    int status;
    pin(0);
    CHECK_EQUAL(pipe(ready), 0);
    struct context context = bound_context(3);
    struct context jobs = new_context(open_device(), AIMC_CTX_SHARED);
    struct buffer buffer = new_buffer(jobs.fd, PAGE);
    struct aimc_mvm mvm = mvm_of(jobs.tile, 4, 4, buffer, buffer);
    mvm.output_offset = 4;
    memset(weights, 5, sizeof weights);
    memset(buffer.bytes, 1, 4);
    program_matrix(jobs, 4, 4, weights);
    for (int round = 0; round < 5; round++) {
        pid_t pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
            queue_for_ever();
            _exit(1);
        }
        CHECK_EQUAL(read(ready[0], &byte, 1), 1);
        CHECK_EQUAL(tile_info(jobs.fd, jobs.tile).contexts, 3);
        uint32_t word = 0x01010101;
        aimc_cm_queue(word);
        for (int i = 0; i < 3; i++)
            sched_yield();
        int64_t fence = submit(jobs, &mvm, 1);
        CHECK(fence > 0);
        CHECK_EQUAL(kill(pid, SIGKILL), 0);
        CHECK_EQUAL(waitpid(pid, &status, 0), pid);
        CHECK(WIFSIGNALED(status));
        CHECK_EQUAL(tile_info(jobs.fd, jobs.tile).contexts, 2);
        CHECK_EQUAL(status_of(jobs, (uint64_t)fence), 0);
        CHECK_EQUAL(buffer.bytes[4], 20);
        buffer.bytes[4] = 0;
        aimc_cm_process();
        CHECK_EQUAL(aimc_cm_dequeue(), 0x0C0C0C0C);
        multiply_by_instructions(4, 4, ones, output);
        CHECK_EQUAL(output[3], 12);
    }
    CHECK_EQUAL(bind_tile(context, 0, AIMC_BIND_OFF), 0);
    CHECK_EQUAL(tile_info(jobs.fd, jobs.tile).bound, 0);
    return ok();
}
