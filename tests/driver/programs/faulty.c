/*
 * Four threads compute argv[1] products each by jobs on tiles that they share, and try again what failed. Each result is
 * checked. Prints how many jobs failed, and a number that all outputs make up.
 */
#include "../conformance/check.h"

enum { THREADS = 4, ROWS = 32, COLUMNS = 32 };

static int fd;
static uint32_t jobs, failures[THREADS], folded[THREADS];

/* Whether a job was done well; it failed if not. */
static int done(int number, struct context context, uint64_t fence)
{
    int status = status_of(context, fence);
    CHECK(status == 0 || status == -EIO || status == -ETIMEDOUT);
    failures[number] += status != 0;
    return status == 0;
}

static void *compute(void *argument)
{
    int number = (int)(uintptr_t)argument;
    int8_t weights[ROWS * COLUMNS], expected[COLUMNS];
    struct context context;
    CHECK_EQUAL(try_context(fd, 1, AIMC_CTX_SHARED, 0x3, &context), 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    fill(weights, sizeof weights, (uint32_t)number, 20);
    struct aimc_program program = program_of(context, ROWS, COLUMNS, weights);
    do
        CHECK_EQUAL(call(fd, AIMC_IOCTL_PROGRAM, &program), 0);
    while (!done(number, context, program.fence));
    struct aimc_mvm mvm = mvm_of(context.tile, ROWS, COLUMNS, buffer, buffer);
    mvm.output_offset = PAGE / 2;
    for (uint32_t job = 0; job < jobs; job++) {
        fill(buffer.bytes, ROWS, 1000000 * (uint32_t)number + job, 10);
        multiply(weights, COLUMNS, ROWS, COLUMNS, buffer.bytes, expected);
        while (!done(number, context, (uint64_t)submit(context, &mvm, 1)))
            ;
        CHECK(memcmp(buffer.bytes + PAGE / 2, expected, COLUMNS) == 0);
        for (int j = 0; j < COLUMNS; j++)
            folded[number] = 31 * folded[number] + (uint8_t)expected[j];
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    uint32_t failed = 0, all = 0;
    CHECK_EQUAL(argc, 2);
    jobs = (uint32_t)atoi(argv[1]);
    fd = open_device();
    for (uintptr_t i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, compute, (void *)i), 0);
    for (int i = 0; i < THREADS; i++) {
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
        failed += failures[i];
        all = 31 * all + folded[i];
    }
    printf("%u\n%08x\n", failed, all);
    return ok();
}
