// Products of a matrix of SIZE x SIZE int8 with vectors on tiles, in the ways that the driver offers:
//
//     bench-driver tight SIZE PRODUCTS                by instructions, on the core of the tile
//     bench-driver registers SIZE PRODUCTS            by loads and stores to the registers of the tile
//     bench-driver poll SIZE BATCH JOBS               by jobs of BATCH products one after the other, each waited for by polling
//     bench-driver interrupt SIZE BATCH JOBS          likewise, waited for by interrupts
//     bench-driver shared SIZE BATCH JOBS CONTEXTS    by jobs of contexts that share one tile, a thread and a core for each, until
//                                                     one has done JOBS
//     bench-driver move SIZE EVERY PRODUCTS THREADS   threads with a tile each that go to another core after EVERY products, or
//                                                     never (0)
//
// It prints how many products there were (with `move`, of one thread) and how long they took, without what comes before the first
// and after the last one; with `shared` also the longest time from the submission of a job until its thread knew that it was done.
// Wrong products end it with status 1.
#define _GNU_SOURCE 1 // sched_setaffinity

#include "random.h"
#include "uapi/aimc_accel.h"

#include "aimc/isa.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

enum { VECTORS = 4, MOST_SIZE = 2000, MOST_BATCH = 1024, MOST_CONTEXTS = 16, MOST_THREADS = 32, IN_FLIGHT = 16 };

// One matrix, some vectors, and what their products are.
typedef struct {
    uint32_t size;
    int8_t *weights;
    int8_t *in;
    int8_t *expected;
} problem_t;

typedef struct {
    uint32_t ctx, tile;
} context_t;

typedef struct {
    uint32_t handle;
    int8_t *data;
} buffer_t;

static int device;

static _Noreturn void fail(const char *what) {
    fprintf(stderr, "bench-driver: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void command(unsigned long number, void *argument, const char *what) {
    if (ioctl(device, number, argument) != 0) {
        fail(what);
    }
}

static void *allocate(size_t count) {
    void *memory = calloc(count, 1);
    if (memory == NULL) {
        fail("no memory");
    }
    return memory;
}

static uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

// Numbers around 0, so that few sums saturate.
static void fill(random_t *random, int8_t *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = random_next(random);
        values[i] = (int8_t)((int)(bits & 3) - (int)(bits >> 2 & 3));
    }
}

static problem_t make_problem(uint32_t size, uint64_t seed) {
    random_t random = {seed};
    size_t cells = (size_t)size * size;
    problem_t made = {size, allocate(cells), allocate(VECTORS * size), allocate(VECTORS * size)};
    int32_t *sums = allocate(size * sizeof *sums);
    fill(&random, made.weights, cells);
    fill(&random, made.in, VECTORS * size);
    for (uint32_t vector = 0; vector < VECTORS; vector++) {
        memset(sums, 0, size * sizeof *sums);
        for (uint32_t row = 0; row < size; row++) {
            const int8_t *weights = made.weights + (size_t)row * size;
            int32_t value = made.in[vector * size + row];
            for (uint32_t column = 0; column < size; column++) {
                sums[column] += value * weights[column];
            }
        }
        for (uint32_t column = 0; column < size; column++) {
            int32_t sum = sums[column];
            made.expected[vector * size + column] = (int8_t)(sum < -128 ? -128 : sum > 127 ? 127 : sum);
        }
    }
    free(sums);
    return made;
}

// The last products, at most VECTORS of them, lie where their vectors lie in the input.
static void check(const problem_t *problem, const int8_t *out, uint64_t products) {
    uint64_t kept = products < VECTORS ? products : VECTORS;
    if (memcmp(out, problem->expected, kept * problem->size) != 0) {
        fprintf(stderr, "bench-driver: wrong products\n");
        exit(1);
    }
}

static void run_on(unsigned core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) {
        fail("there are too few cores");
    }
}

static void wait_for(context_t context, uint64_t fence, uint32_t flags) {
    struct aimc_wait wait = {context.ctx, flags, fence, INT64_MAX, 0, 0};
    command(AIMC_IOCTL_WAIT, &wait, "WAIT");
    if (wait.status != 0) {
        errno = -wait.status;
        fail("a job failed");
    }
}

// A context with the tile of a core, and a matrix in it.
static context_t make_context(const problem_t *problem, unsigned core, uint32_t flags) {
    struct aimc_ctx_create create = {1, flags, AIMC_PRIORITY_NORMAL, 0, UINT64_C(1) << core, 0};
    command(AIMC_IOCTL_CTX_CREATE, &create, "CTX_CREATE");
    context_t made = {create.ctx, (uint32_t)__builtin_ctzll(create.tile_mask)};
    struct aimc_program program = {
        .ctx = made.ctx,
        .tile = made.tile,
        .rows = problem->size,
        .columns = problem->size,
        .stride = problem->size,
        .scale = 65536,
        .data = (uintptr_t)problem->weights,
    };
    command(AIMC_IOCTL_PROGRAM, &program, "PROGRAM");
    wait_for(made, program.fence, AIMC_WAIT_POLL);
    return made;
}

static void destroy_context(context_t context) {
    struct aimc_ctx_destroy destroy = {context.ctx, 0};
    command(AIMC_IOCTL_CTX_DESTROY, &destroy, "CTX_DESTROY");
}

static void bind_tile(context_t context, unsigned core, uint32_t flags) {
    struct aimc_tile_bind bind = {context.ctx, context.tile, core, flags};
    command(AIMC_IOCTL_TILE_BIND, &bind, "TILE_BIND");
}

static buffer_t make_buffer(size_t size) {
    struct aimc_bo_create create = {size, 0, 0};
    command(AIMC_IOCTL_BO_CREATE, &create, "BO_CREATE");
    struct aimc_bo_mmap place = {create.handle, 0, 0};
    command(AIMC_IOCTL_BO_MMAP, &place, "BO_MMAP");
    void *data = mmap(NULL, create.size, PROT_READ | PROT_WRITE, MAP_SHARED, device, (off_t)place.offset);
    if (data == MAP_FAILED) {
        fail("mmap");
    }
    return (buffer_t){create.handle, data};
}

static void report(uint64_t products, uint64_t elapsed_ns) {
    printf("products %" PRIu64 "\nelapsed_ns %" PRIu64 "\n", products, elapsed_ns);
}

// --- tight coupling: vectors go through the core ---

static void multiply(const int8_t *in, int8_t *out, uint32_t size) {
#pragma clang loop unroll_count(8)
    for (uint32_t i = 0; i < size; i += 4) {
        uint32_t word;
        memcpy(&word, in + i, sizeof word);
        aimc_cm_queue(word);
    }
    aimc_cm_process();
#pragma clang loop unroll_count(8)
    for (uint32_t i = 0; i < size; i += 4) {
        uint32_t word = aimc_cm_dequeue();
        memcpy(out + i, &word, sizeof word);
    }
}

static void multiply_all(const problem_t *problem, int8_t *out, uint64_t products) {
    for (uint64_t i = 0; i < products; i++) {
        size_t place = i % VECTORS * problem->size;
        multiply(problem->in + place, out + place, problem->size);
    }
}

static void tight(uint32_t size, uint64_t products) {
    problem_t problem = make_problem(size, 1);
    int8_t *out = allocate(VECTORS * size);
    run_on(0);
    bind_tile(make_context(&problem, 0, 0), 0, 0);
    multiply_all(&problem, out, VECTORS);
    memset(out, 0, VECTORS * size);
    uint64_t begin_ns = now_ns();
    multiply_all(&problem, out, products);
    uint64_t elapsed_ns = now_ns() - begin_ns;
    check(&problem, out, products);
    report(products, elapsed_ns);
}

// --- between the two: loads and stores to registers, over the bus ---

typedef volatile uint64_t window_t[AIMC_REG_WINDOW / 8];

static void multiply_by_registers(char *page, const int8_t *in, int8_t *out, uint32_t size) {
    window_t *input = (window_t *)(page + AIMC_REG_INPUT), *output = (window_t *)(page + AIMC_REG_OUTPUT);
    uint32_t pairs = size / 8;
    for (uint32_t i = 0; i < pairs; i++) {
        uint64_t words;
        memcpy(&words, in + 8 * i, sizeof words);
        (*input)[0] = words;
    }
    if (size % 8 != 0) {
        uint32_t word;
        memcpy(&word, in + 8 * pairs, sizeof word);
        *(volatile uint32_t *)input = word;
    }
    *(volatile uint32_t *)(page + AIMC_REG_PROCESS) = 1;
    for (uint32_t i = 0; i < pairs; i++) {
        uint64_t words = (*output)[0];
        memcpy(out + 8 * i, &words, sizeof words);
    }
    if (size % 8 != 0) {
        uint32_t word = *(volatile uint32_t *)output;
        memcpy(out + 8 * pairs, &word, sizeof word);
    }
}

static void registers(uint32_t size, uint64_t products) {
    problem_t problem = make_problem(size, 1);
    int8_t *out = allocate(VECTORS * size);
    run_on(0);
    context_t context = make_context(&problem, 0, 0);
    struct aimc_tile_registers place = {context.ctx, context.tile, 0, 0, 0};
    command(AIMC_IOCTL_TILE_REGISTERS, &place, "TILE_REGISTERS");
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, device, (off_t)place.offset);
    if (page == MAP_FAILED) {
        fail("mmap");
    }
    multiply_by_registers(page, problem.in, out, size);
    memset(out, 0, VECTORS * size);
    uint64_t begin_ns = now_ns();
    for (uint64_t i = 0; i < products; i++) {
        size_t at = i % VECTORS * size;
        multiply_by_registers(page, problem.in + at, out + at, size);
    }
    uint64_t elapsed_ns = now_ns() - begin_ns;
    check(&problem, out, products);
    report(products, elapsed_ns);
}

// --- loose coupling: jobs ---

typedef struct {
    problem_t problem;
    context_t context;
    buffer_t in, out;
    struct aimc_mvm *mvms;
    uint32_t batch;
} work_t;

static work_t make_work(uint32_t size, uint32_t batch, uint64_t seed, uint32_t flags) {
    work_t made = {.problem = make_problem(size, seed), .batch = batch};
    made.context = make_context(&made.problem, 0, flags);
    made.in = make_buffer(VECTORS * size);
    made.out = make_buffer(VECTORS * size);
    memcpy(made.in.data, made.problem.in, VECTORS * size);
    made.mvms = allocate(batch * sizeof *made.mvms);
    for (uint32_t i = 0; i < batch; i++) {
        uint64_t place = (uint64_t)(i % VECTORS) * size;
        made.mvms[i] = (struct aimc_mvm){made.context.tile, 0, 0, 0, size, size, made.in.handle, made.out.handle, place, place};
    }
    return made;
}

static uint64_t submit(const work_t *work) {
    struct aimc_submit submit = {work->context.ctx, work->batch, (uintptr_t)work->mvms, 0, 0, 0};
    command(AIMC_IOCTL_SUBMIT, &submit, "SUBMIT");
    return submit.fence;
}

static void loose(uint32_t size, uint32_t batch, uint64_t jobs, uint32_t flags) {
    run_on(0);
    work_t work = make_work(size, batch, 1, 0);
    wait_for(work.context, submit(&work), flags);
    memset(work.out.data, 0, VECTORS * size);
    uint64_t begin_ns = now_ns();
    for (uint64_t i = 0; i < jobs; i++) {
        wait_for(work.context, submit(&work), flags);
    }
    uint64_t elapsed_ns = now_ns() - begin_ns;
    check(&work.problem, work.out.data, batch);
    report(jobs * batch, elapsed_ns);
}

// --- contexts that share a tile: each always has jobs waiting while another one runs ---

static pthread_barrier_t all_are_ready;
static volatile int is_over;

typedef struct {
    pthread_t thread;
    uint32_t size, batch;
    unsigned core;
    uint64_t jobs;
    uint64_t done, begin_ns, end_ns, longest_ns;
} sharer_t;

static void *share(void *argument) {
    sharer_t *sharer = argument;
    uint64_t fences[IN_FLIGHT], submitted_ns[IN_FLIGHT];
    run_on(sharer->core);
    work_t work = make_work(sharer->size, sharer->batch, sharer->core + 1, AIMC_CTX_SHARED);
    pthread_barrier_wait(&all_are_ready);
    sharer->begin_ns = now_ns();
    for (uint64_t job = 0; !is_over; job++) {
        unsigned place = job % IN_FLIGHT;
        if (job >= IN_FLIGHT) {
            wait_for(work.context, fences[place], 0);
            uint64_t taken_ns = now_ns() - submitted_ns[place];
            if (taken_ns > sharer->longest_ns) {
                sharer->longest_ns = taken_ns;
            }
            if (++sharer->done == sharer->jobs) {
                break;
            }
        }
        submitted_ns[place] = now_ns();
        fences[place] = submit(&work);
    }
    sharer->end_ns = now_ns();
    is_over = 1;
    check(&work.problem, work.out.data, sharer->batch);
    return NULL;
}

static void shared(uint32_t size, uint32_t batch, uint64_t jobs, uint32_t contexts) {
    sharer_t sharers[MOST_CONTEXTS];
    uint64_t done = 0, begin_ns = UINT64_MAX, end_ns = UINT64_MAX, longest_ns = 0;
    pthread_barrier_init(&all_are_ready, NULL, contexts);
    for (uint32_t i = 0; i < contexts; i++) {
        sharers[i] = (sharer_t){.size = size, .batch = batch, .core = i, .jobs = jobs};
        errno = pthread_create(&sharers[i].thread, NULL, share, &sharers[i]);
        if (errno != 0) {
            fail("pthread_create");
        }
    }
    for (uint32_t i = 0; i < contexts; i++) {
        pthread_join(sharers[i].thread, NULL);
        done += sharers[i].done;
        if (sharers[i].begin_ns < begin_ns) {
            begin_ns = sharers[i].begin_ns;
        }
        if (sharers[i].end_ns < end_ns) {
            end_ns = sharers[i].end_ns;
        }
        if (sharers[i].longest_ns > longest_ns) {
            longest_ns = sharers[i].longest_ns;
        }
    }
    report(done * batch, end_ns - begin_ns);
    printf("longest_ns %" PRIu64 "\n", longest_ns);
}

// --- threads that use tiles by instructions, and stay or move ---

typedef struct {
    pthread_t thread;
    problem_t problem;
    unsigned core; // it goes to the next one and back
    uint64_t every, products;
    uint64_t elapsed_ns;
} mover_t;

static void *move(void *argument) {
    mover_t *mover = argument;
    const problem_t *problem = &mover->problem;
    uint64_t part = mover->every != 0 ? mover->every : mover->products;
    unsigned core = mover->core;
    int8_t *out = allocate(VECTORS * problem->size);
    run_on(core);
    context_t context = make_context(problem, core, 0);
    bind_tile(context, core, 0);
    multiply_all(problem, out, VECTORS);
    pthread_barrier_wait(&all_are_ready);
    for (uint64_t done = 0; done < mover->products; done += part) {
        memset(out, 0, VECTORS * problem->size);
        uint64_t begin_ns = now_ns();
        multiply_all(problem, out, part);
        if (mover->every != 0) {
            bind_tile(context, core, AIMC_BIND_OFF);
            destroy_context(context);
            core ^= 1;
            run_on(core);
            context = make_context(problem, core, 0);
            bind_tile(context, core, 0);
        }
        mover->elapsed_ns += now_ns() - begin_ns;
        check(problem, out, part);
    }
    return NULL;
}

static void move_all(uint32_t size, uint64_t every, uint64_t products, uint32_t threads) {
    mover_t movers[MOST_THREADS];
    uint64_t elapsed_ns = 0;
    pthread_barrier_init(&all_are_ready, NULL, threads);
    for (uint32_t i = 0; i < threads; i++) {
        movers[i] = (mover_t){0, make_problem(size, i + 1), 2 * i, every, products, 0};
    }
    for (uint32_t i = 0; i < threads; i++) {
        errno = pthread_create(&movers[i].thread, NULL, move, &movers[i]);
        if (errno != 0) {
            fail("pthread_create");
        }
    }
    for (uint32_t i = 0; i < threads; i++) {
        pthread_join(movers[i].thread, NULL);
        if (movers[i].elapsed_ns > elapsed_ns) {
            elapsed_ns = movers[i].elapsed_ns;
        }
    }
    report(products, elapsed_ns);
}

static _Noreturn void usage(void) {
    fprintf(stderr, "usage: bench-driver tight|registers SIZE PRODUCTS | poll|interrupt SIZE BATCH JOBS | "
                    "shared SIZE BATCH JOBS CONTEXTS | move SIZE EVERY PRODUCTS THREADS\n");
    exit(2);
}

int main(int argc, char **argv) {
    uint64_t numbers[4] = {0};
    for (int i = 2; i < argc; i++) {
        char *end = argv[i];
        if (i - 2 < 4) {
            numbers[i - 2] = strtoull(argv[i], &end, 10);
        }
        if (end == argv[i] || *end != '\0') {
            usage();
        }
    }
    const char *mode = argc > 1 ? argv[1] : "";
    uint64_t size = numbers[0], second = numbers[1], third = numbers[2], fourth = numbers[3];
    int given = argc - 2, is_batch = second >= 1 && second <= MOST_BATCH && third > 0;
    int is_tight = strcmp(mode, "tight") == 0 && given == 2 && second > 0;
    int is_registers = strcmp(mode, "registers") == 0 && given == 2 && second > 0;
    int is_poll = strcmp(mode, "poll") == 0 && given == 3 && is_batch;
    int is_interrupt = strcmp(mode, "interrupt") == 0 && given == 3 && is_batch;
    int is_shared = strcmp(mode, "shared") == 0 && given == 4 && is_batch && fourth >= 1 && fourth <= MOST_CONTEXTS;
    int is_move = strcmp(mode, "move") == 0 && given == 4 && third > 0 && (second == 0 || third % second == 0) &&
                  fourth >= 1 && fourth <= MOST_THREADS;
    int is_mode = is_tight || is_registers || is_poll || is_interrupt || is_shared || is_move;
    if (size == 0 || size % 4 != 0 || size > MOST_SIZE || !is_mode) {
        usage();
    }
    device = open("/dev/accel/accel0", O_RDWR | O_CLOEXEC);
    if (device < 0) {
        fail("/dev/accel/accel0");
    }
    if (is_tight) {
        tight((uint32_t)size, second);
    } else if (is_registers) {
        registers((uint32_t)size, second);
    } else if (is_shared) {
        shared((uint32_t)size, (uint32_t)second, third, (uint32_t)fourth);
    } else if (is_move) {
        move_all((uint32_t)size, second, third, (uint32_t)fourth);
    } else {
        loose((uint32_t)size, (uint32_t)second, third, is_poll ? AIMC_WAIT_POLL : 0);
    }
    return 0;
}
