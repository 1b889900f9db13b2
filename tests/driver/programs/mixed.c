/*
 * Eight threads on four cores use four tiles in both ways at once: threads 0 to 3 by instructions, two on each of the
 * cores 0 and 1, threads 4 to 7 by jobs, each with a context of its own that shares the tiles of cores 2 and 3 with the
 * others. Each computes argv[1] products, checks every one, and yields in the middle of things. Prints "ok" and a
 * number that all outputs, in the order of each thread, make up.
 */
#include "../conformance/check.h"

enum { THREADS = 8, TIGHT = 4, ROWS = 32, COLUMNS = 32 };

static int fd;
static uint32_t jobs;
static int8_t tight_weights[2][ROWS * COLUMNS];
static uint32_t folded[THREADS];

static void check(int number, const int8_t *weights, const int8_t *input, const int8_t *output)
{
    int8_t expected[COLUMNS];
    multiply(weights, COLUMNS, ROWS, COLUMNS, input, expected);
    CHECK(memcmp(output, expected, COLUMNS) == 0);
    for (int j = 0; j < COLUMNS; j++)
        folded[number] = 31 * folded[number] + (uint8_t)output[j];
}

static void *by_instructions(void *argument)
{
    int number = (int)(uintptr_t)argument;
    int8_t input[ROWS], output[COLUMNS];
    uint32_t word;
    pin((unsigned)number / 2);
    for (uint32_t job = 0; job < jobs; job++) {
        fill(input, ROWS, 1000000 * (uint32_t)number + job, 10);
        for (int i = 0; i < ROWS; i += 4) {
            memcpy(&word, input + i, 4);
            aimc_cm_queue(word);
            if (job % 7 == 0 && i == ROWS / 2)
                sched_yield();
        }
        aimc_cm_process();
        if (job % 5 == 0)
            sched_yield();
        for (int j = 0; j < COLUMNS; j += 4) {
            word = aimc_cm_dequeue();
            memcpy(output + j, &word, 4);
        }
        check(number, tight_weights[number / 2], input, output);
    }
    return NULL;
}

static void wait_somehow(struct context context, struct aimc_submit submit, uint32_t job)
{
    struct aimc_wait wait = {
        .ctx = context.ctx, .fence = submit.fence, .timeout_ns = FOREVER, .flags = job % 3 == 1 ? AIMC_WAIT_POLL : 0};
    if (submit.flags & AIMC_SUBMIT_FENCE_FD) {
        struct pollfd fence = {.fd = submit.fence_fd, .events = POLLIN};
        CHECK_EQUAL(poll(&fence, 1, -1), 1);
        CHECK_EQUAL(close(submit.fence_fd), 0);
    }
    CHECK_EQUAL(call(fd, AIMC_IOCTL_WAIT, &wait), 0);
    CHECK_EQUAL(wait.status, 0);
}

static void *by_jobs(void *argument)
{
    int number = (int)(uintptr_t)argument;
    int8_t weights[ROWS * COLUMNS];
    struct context context;
    CHECK_EQUAL(try_context(fd, 1, AIMC_CTX_SHARED, 0xc, &context), 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    fill(weights, sizeof weights, (uint32_t)number, 20);
    program_matrix(context, ROWS, COLUMNS, weights);
    struct aimc_mvm mvm = mvm_of(context.tile, ROWS, COLUMNS, buffer, buffer);
    mvm.output_offset = PAGE / 2;
    for (uint32_t job = 0; job < jobs; job++) {
        fill(buffer.bytes, ROWS, 1000000 * (uint32_t)number + job, 10);
        struct aimc_submit submit = {.ctx = context.ctx,
                                     .count = 1,
                                     .mvms = (uintptr_t)&mvm,
                                     .flags = job % 3 == 2 ? AIMC_SUBMIT_FENCE_FD : 0};
        CHECK_EQUAL(call(fd, AIMC_IOCTL_SUBMIT, &submit), 0);
        wait_somehow(context, submit, job);
        check(number, weights, buffer.bytes, buffer.bytes + PAGE / 2);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    struct context context;
    uint32_t all = 0;
    CHECK_EQUAL(argc, 2);
    jobs = (uint32_t)atoi(argv[1]);
    fd = open_device();
    CHECK_EQUAL(try_context(fd, 2, 0, 0x3, &context), 0);
    for (uint32_t tile = 0; tile < 2; tile++) {
        context.tile = tile;
        fill(tight_weights[tile], sizeof tight_weights[tile], 100 + tile, 20);
        program_matrix(context, ROWS, COLUMNS, tight_weights[tile]);
    }
    for (uint32_t tile = 0; tile < 2; tile++) {
        context.tile = tile;
        CHECK_EQUAL(bind_tile(context, tile, 0), 0);
    }
    for (uintptr_t i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, i < TIGHT ? by_instructions : by_jobs, (void *)i), 0);
    for (int i = 0; i < THREADS; i++) {
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
        all = 31 * all + folded[i];
    }
    printf("%08x\n", all);
    return ok();
}
