/*
 * Tiles in all three ways at once, on four cores. Two processes multiply by instructions on the tile of core 1, each
 * for a context of its own; a third context has jobs on the same tile. Two threads, on cores 2 and 3, take turns at the
 * registers of the tile of core 0. Each of the five computes argv[1] products, checks every one, and yields in the
 * middle of some. Prints a number that all outputs make up, each worker's in its order, and "ok".
 */
#include "../conformance/registers.h"

enum { WORKERS = 5, SIDE = 32 };
enum { CHILD, THREAD, JOBS, REGISTERS };

static uint32_t products;
static uint32_t folded[WORKERS];
static char *page;
static int8_t register_weights[SIDE * SIDE];
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

static void check(int worker, const int8_t *weights, const int8_t *input, const int8_t *output)
{
    int8_t expected[SIDE];
    multiply(weights, SIDE, SIDE, SIDE, input, expected);
    CHECK(memcmp(output, expected, SIDE) == 0);
    for (int j = 0; j < SIDE; j++)
        folded[worker] = 31 * folded[worker] + (uint8_t)output[j];
}

static struct context shared_context(int8_t *weights, int worker)
{
    struct context context;
    CHECK_EQUAL(try_context(open_device(), 1, AIMC_CTX_SHARED, 2, &context), 0);
    fill(weights, SIDE * SIDE, (uint32_t)worker, 20);
    program_matrix(context, SIDE, SIDE, weights);
    return context;
}

static void by_instructions(int worker)
{
    int8_t weights[SIDE * SIDE], input[SIDE], output[SIDE];
    pin(1);
    struct context context = shared_context(weights, worker);
    CHECK_EQUAL(bind_tile(context, 1, 0), 0);
    for (uint32_t product = 0; product < products; product++) {
        fill(input, SIDE, 1000000 * (uint32_t)worker + product, 10);
        for (int i = 0; i < SIDE; i += 4) {
            uint32_t word;
            memcpy(&word, input + i, 4);
            aimc_cm_queue(word);
            if (product % 7 == 0 && i == SIDE / 2)
                sched_yield();
        }
        aimc_cm_process();
        for (int j = 0; j < SIDE; j += 4) {
            uint32_t word = aimc_cm_dequeue();
            memcpy(output + j, &word, 4);
        }
        check(worker, weights, input, output);
    }
}

static void by_jobs(int worker)
{
    int8_t weights[SIDE * SIDE];
    pin(0);
    struct context context = shared_context(weights, worker);
    struct buffer buffer = new_buffer(context.fd, PAGE);
    struct aimc_mvm mvm = mvm_of(context.tile, SIDE, SIDE, buffer, buffer);
    mvm.output_offset = PAGE / 2;
    for (uint32_t product = 0; product < products; product++) {
        fill(buffer.bytes, SIDE, 1000000 * (uint32_t)worker + product, 10);
        multiply_on_tile(context, mvm);
        check(worker, weights, buffer.bytes, buffer.bytes + PAGE / 2);
    }
}

static void by_registers(int worker)
{
    int8_t input[SIDE], output[SIDE];
    pin((unsigned)worker - 1);
    for (uint32_t product = 0; product < products; product++) {
        fill(input, SIDE, 1000000 * (uint32_t)worker + product, 10);
        CHECK_EQUAL(pthread_mutex_lock(&turn), 0);
        multiply_by_registers(page, product % 2 ? WORD : VECTOR, SIDE, SIDE, input, output);
        CHECK_EQUAL(pthread_mutex_unlock(&turn), 0);
        check(worker, register_weights, input, output);
    }
}

static void *work(void *argument)
{
    int worker = (int)(intptr_t)argument;
    if (worker < JOBS)
        by_instructions(worker);
    else if (worker == JOBS)
        by_jobs(worker);
    else
        by_registers(worker);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[WORKERS];
    int ends[2], status;
    uint32_t all = 0;
    CHECK_EQUAL(argc, 2);
    products = (uint32_t)atoi(argv[1]);
    CHECK_EQUAL(pipe(ends), 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        work((void *)(intptr_t)CHILD);
        CHECK_EQUAL(write(ends[1], &folded[CHILD], sizeof *folded), sizeof *folded);
        _exit(0);
    }
    struct context context = new_context(open_device(), 0);
    fill(register_weights, sizeof register_weights, REGISTERS, 20);
    program_matrix(context, SIDE, SIDE, register_weights);
    page = map_registers(context);
    for (intptr_t worker = THREAD; worker < WORKERS; worker++)
        CHECK_EQUAL(pthread_create(&threads[worker], NULL, work, (void *)worker), 0);
    for (int worker = THREAD; worker < WORKERS; worker++)
        CHECK_EQUAL(pthread_join(threads[worker], NULL), 0);
    CHECK_EQUAL(read(ends[0], &folded[CHILD], sizeof *folded), sizeof *folded);
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    CHECK_EQUAL(status, 0);
    for (int worker = 0; worker < WORKERS; worker++)
        all = 31 * all + folded[worker];
    printf("%08x\n", all);
    return ok();
}
