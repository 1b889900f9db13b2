/*
 * What the conformance programs share: checks, and the ioctls with the arguments that most programs give them.
 *
 * A program shows one behaviour. A check that does not hold prints where and what was seen, and ends the program with
 * status 1; the last line of a program that saw what it expects is "ok".
 */
#ifndef AIMC_CONFORMANCE_CHECK_H
#define AIMC_CONFORMANCE_CHECK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <aimc/isa.h>
#include <uapi/aimc_accel.h>

#define DEVICE "/dev/accel/accel0"
#define PAGE 4096
#define FOREVER INT64_MAX
#define MS 1000000ll
/* The crossbar of the test machine is at least this large. */
#define MAX_ROWS 256
#define MAX_COLUMNS 192

#define HELPER static inline __attribute__((unused))

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        int held = !!(condition);                                                                                      \
        if (!held) {                                                                                                   \
            dprintf(1, "%s:%d: %s does not hold (errno: %s)\n", __FILE_NAME__, __LINE__, #condition, strerror(errno)); \
            _exit(1);                                                                                                  \
        }                                                                                                              \
    } while (0)

#define CHECK_EQUAL(expression, wanted)                                                                                \
    do {                                                                                                               \
        int64_t seen_ = (int64_t)(expression), wanted_ = (int64_t)(wanted);                                            \
        if (seen_ != wanted_) {                                                                                        \
            dprintf(1, "%s:%d: %s is %lld%s, not %s = %lld\n", __FILE_NAME__, __LINE__, #expression, (long long)seen_, \
                    error_text(seen_), #wanted, (long long)wanted_);                                                   \
            _exit(1);                                                                                                  \
        }                                                                                                              \
    } while (0)

/* The sentence for a result that may be an error, in a static buffer. */
HELPER const char *error_text(int64_t result)
{
    static char text[64];
    text[0] = '\0';
    if (result < 0 && result > -134)
        snprintf(text, sizeof text, " (%s)", strerror((int)-result));
    return text;
}

/* The end of a program that saw what it expects: `return ok();`. */
HELPER int ok(void)
{
    dprintf(1, "ok\n");
    return 0;
}

/* An ioctl's result, or minus its error. */
HELPER int call(int fd, unsigned long command, void *argument)
{
    long result = syscall(SYS_ioctl, fd, command, argument);
    return result < 0 ? -errno : (int)result;
}

HELPER int open_device(void)
{
    int fd = open(DEVICE, O_RDWR | O_CLOEXEC);
    CHECK(fd >= 0);
    return fd;
}

/* QUERY with room for the whole answer: 0 or minus the error. */
HELPER int query(int fd, uint32_t topic, uint32_t index, void *data, uint32_t size)
{
    struct aimc_query question = {.topic = topic, .index = index, .size = size, .data = (uintptr_t)data};
    return call(fd, AIMC_IOCTL_QUERY, &question);
}

HELPER struct aimc_device_info device_info(int fd)
{
    struct aimc_device_info info;
    CHECK_EQUAL(query(fd, AIMC_TOPIC_DEVICE, 0, &info, sizeof info), 0);
    return info;
}

HELPER struct aimc_tile_info tile_info(int fd, uint32_t tile)
{
    struct aimc_tile_info info;
    CHECK_EQUAL(query(fd, AIMC_TOPIC_TILE, tile, &info, sizeof info), 0);
    return info;
}

HELPER struct aimc_context_info context_info(int fd, uint32_t ctx)
{
    struct aimc_context_info info;
    CHECK_EQUAL(query(fd, AIMC_TOPIC_CONTEXT, ctx, &info, sizeof info), 0);
    return info;
}

/* A context and the client that it belongs to. */
struct context {
    int fd;
    uint32_t ctx;
    uint64_t tile_mask;
    uint32_t tile; /* the one with the lowest number */
};

/* CTX_CREATE: 0 or minus the error. */
HELPER int try_context(int fd, uint32_t tiles, uint32_t flags, uint64_t core_mask, struct context *context)
{
    struct aimc_ctx_create create = {
        .tiles = tiles, .flags = flags, .priority = AIMC_PRIORITY_NORMAL, .core_mask = core_mask};
    int result = call(fd, AIMC_IOCTL_CTX_CREATE, &create);
    if (result == 0 && context != NULL)
        *context = (struct context){fd, create.ctx, create.tile_mask, (uint32_t)__builtin_ctzll(create.tile_mask)};
    return result;
}

/* A context with one tile, that of core 0. */
HELPER struct context new_context(int fd, uint32_t flags)
{
    struct context context;
    CHECK_EQUAL(try_context(fd, 1, flags, 1, &context), 0);
    return context;
}

/* A context with so many tiles of any cores. */
HELPER struct context new_wide_context(int fd, uint32_t tiles)
{
    struct context context;
    CHECK_EQUAL(try_context(fd, tiles, 0, 0, &context), 0);
    return context;
}

HELPER int destroy_context(struct context context)
{
    struct aimc_ctx_destroy destroy = {.ctx = context.ctx};
    return call(context.fd, AIMC_IOCTL_CTX_DESTROY, &destroy);
}

/* How many exclusive contexts of one tile a new client can have now. */
HELPER uint32_t free_tiles(void)
{
    int fd = open_device();
    uint32_t count = 0;
    while (try_context(fd, 1, 0, 0, NULL) == 0)
        count++;
    close(fd);
    return count;
}

/* TILE_BIND of the context's tile to `core`: 0 or minus the error. */
HELPER int bind_tile(struct context context, uint32_t core, uint32_t flags)
{
    struct aimc_tile_bind bind = {.ctx = context.ctx, .tile = context.tile, .core = core, .flags = flags};
    return call(context.fd, AIMC_IOCTL_TILE_BIND, &bind);
}

/* The calling thread stays on a core from now on. */
HELPER void pin(unsigned core)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    CHECK_EQUAL(sched_setaffinity(0, sizeof set, &set), 0);
}

/* A buffer, mapped. */
struct buffer {
    uint32_t handle;
    uint64_t size;
    uint64_t offset;
    int8_t *bytes;
};

/* BO_CREATE: 0 or minus the error. */
HELPER int try_buffer(int fd, uint64_t size, struct aimc_bo_create *create)
{
    *create = (struct aimc_bo_create){.size = size};
    return call(fd, AIMC_IOCTL_BO_CREATE, create);
}

HELPER struct buffer new_buffer(int fd, uint64_t size)
{
    struct aimc_bo_create create;
    CHECK_EQUAL(try_buffer(fd, size, &create), 0);
    struct aimc_bo_mmap map = {.handle = create.handle};
    CHECK_EQUAL(call(fd, AIMC_IOCTL_BO_MMAP, &map), 0);
    int8_t *bytes = mmap(NULL, create.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)map.offset);
    CHECK(bytes != MAP_FAILED);
    return (struct buffer){create.handle, create.size, map.offset, bytes};
}

HELPER int close_buffer(int fd, uint32_t handle)
{
    struct aimc_bo_close close_ = {.handle = handle};
    return call(fd, AIMC_IOCTL_BO_CLOSE, &close_);
}

HELPER int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000ll + now.tv_nsec;
}

/* WAIT: 0 or minus the error; the rest is in `wait`. */
HELPER int wait_until(struct context context, uint64_t fence, int64_t timeout_ns, struct aimc_wait *wait)
{
    *wait = (struct aimc_wait){.ctx = context.ctx, .fence = fence, .timeout_ns = timeout_ns};
    return call(context.fd, AIMC_IOCTL_WAIT, wait);
}

/* Wait for a fence and give what its job ended with. */
HELPER int status_of(struct context context, uint64_t fence)
{
    struct aimc_wait wait;
    CHECK_EQUAL(wait_until(context, fence, FOREVER, &wait), 0);
    return wait.status;
}

/* PROGRAM of a matrix without gaps at (0, 0), with those fields that may differ. */
HELPER struct aimc_program program_of(struct context context, uint32_t rows, uint32_t columns, const int8_t *weights)
{
    return (struct aimc_program){.ctx = context.ctx, .tile = context.tile, .rows = rows, .columns = columns,
                                 .stride = columns, .scale = 65536, .data = (uintptr_t)weights};
}

/* Program the context's tile and wait until that is done. */
HELPER void program_matrix(struct context context, uint32_t rows, uint32_t columns, const int8_t *weights)
{
    struct aimc_program program = program_of(context, rows, columns, weights);
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_PROGRAM, &program), 0);
    CHECK_EQUAL(status_of(context, program.fence), 0);
}

/* READBACK from (0, 0): 0 or minus the error. */
HELPER int read_back(struct context context, uint32_t rows, uint32_t columns, int8_t *weights)
{
    struct aimc_readback readback = {.ctx = context.ctx, .tile = context.tile, .rows = rows, .columns = columns,
                                     .stride = columns, .data = (uintptr_t)weights};
    return call(context.fd, AIMC_IOCTL_READBACK, &readback);
}

/* A multiplication by the part of the tile that begins at (0, 0), from and to the beginning of buffers. */
HELPER struct aimc_mvm mvm_of(uint32_t tile, uint32_t rows, uint32_t columns, struct buffer input, struct buffer output)
{
    return (struct aimc_mvm){
        .tile = tile, .rows = rows, .columns = columns, .input = input.handle, .output = output.handle};
}

/* SUBMIT: the fence, or minus the error. */
HELPER int64_t submit(struct context context, const struct aimc_mvm *mvms, uint32_t count)
{
    struct aimc_submit submission = {.ctx = context.ctx, .count = count, .mvms = (uintptr_t)mvms};
    int result = call(context.fd, AIMC_IOCTL_SUBMIT, &submission);
    return result < 0 ? result : (int64_t)submission.fence;
}

/* One multiplication from beginning to end. */
HELPER void multiply_on_tile(struct context context, struct aimc_mvm mvm)
{
    int64_t fence = submit(context, &mvm, 1);
    CHECK(fence > 0);
    CHECK_EQUAL(status_of(context, (uint64_t)fence), 0);
}

/* Start a job that takes milliseconds: the whole crossbar is programmed, with ones. Gives its fence. */
HELPER uint64_t keep_busy(struct context context)
{
    static int8_t ones[MAX_ROWS * MAX_COLUMNS];
    memset(ones, 1, sizeof ones);
    struct aimc_program program = program_of(context, MAX_ROWS, MAX_COLUMNS, ones);
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_PROGRAM, &program), 0);
    return program.fence;
}

/* output = saturate(input * matrix), as a tile computes it. The matrix has rows of `stride` bytes. */
HELPER void multiply(const int8_t *matrix, size_t stride, size_t rows, size_t columns, const int8_t *input,
                     int8_t *output)
{
    for (size_t j = 0; j < columns; j++) {
        int sum = 0;
        for (size_t i = 0; i < rows; i++)
            sum += input[i] * matrix[i * stride + j];
        output[j] = (int8_t)(sum > 127 ? 127 : sum < -128 ? -128 : sum);
    }
}

/* Bytes from -range to range that depend on the seed only. */
HELPER void fill(int8_t *bytes, size_t count, uint32_t seed, int range)
{
    uint64_t state = seed + 1;
    for (size_t i = 0; i < count; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = (int8_t)((int)((state >> 33) % (2u * (unsigned)range + 1)) - range);
    }
}

/* Whether the descriptor polls readable now. */
HELPER int readable(int fd)
{
    struct pollfd item = {.fd = fd, .events = POLLIN};
    CHECK(poll(&item, 1, 0) >= 0);
    return (item.revents & POLLIN) != 0;
}

HELPER void sleep_ns(int64_t duration_ns)
{
    struct timespec duration = {duration_ns / 1000000000ll, duration_ns % 1000000000ll};
    while (nanosleep(&duration, &duration) != 0)
        CHECK_EQUAL(errno, EINTR);
}

/* Run a function in a child, which then exits with status 0; gives the status of wait. */
HELPER int in_child(void (*body)(void *), void *argument)
{
    int status;
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        body(argument);
        _exit(0);
    }
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    return status;
}

/* Read a small file as text, in a static buffer. */
HELPER const char *content(const char *path)
{
    static char text[PAGE];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    ssize_t length = read(fd, text, sizeof text - 1);
    CHECK(length >= 0);
    text[length] = '\0';
    close(fd);
    return text;
}

/* Write to a file that makes the device fail. */
HELPER void inject(const char *file, const char *value)
{
    char path[64];
    snprintf(path, sizeof path, "/sys/kernel/debug/accel0/%s", file);
    int fd = open(path, O_WRONLY);
    CHECK(fd >= 0);
    CHECK_EQUAL(write(fd, value, strlen(value)), (ssize_t)strlen(value));
    CHECK_EQUAL(close(fd), 0);
}

static _Thread_local sigjmp_buf after_instruction;

HELPER void undefined_instruction(int number)
{
    (void)number;
    siglongjmp(after_instruction, 1);
}

/* Whether the calling thread may execute AIMC instructions on its core now: 0 if that raises SIGILL. */
HELPER int instructions_work(void)
{
    struct sigaction action = {.sa_handler = undefined_instruction}, previous;
    volatile int works = 0;
    CHECK_EQUAL(sigaction(SIGILL, &action, &previous), 0);
    if (sigsetjmp(after_instruction, 1) == 0) {
        CHECK(aimc_cm_status(AIMC_STATUS_ROWS) > 0);
        works = 1;
    }
    CHECK_EQUAL(sigaction(SIGILL, &previous, NULL), 0);
    return works;
}

/* One AIMC instruction, as a body for in_child. */
HELPER void execute_instruction(void *unused)
{
    (void)unused;
    aimc_cm_status(AIMC_STATUS_ROWS);
}

/* A multiplication by instructions: `rows` and `columns` are multiples of 4, and outputs beyond are left. */
HELPER void multiply_by_instructions(size_t rows, size_t columns, const int8_t *input, int8_t *output)
{
    uint32_t word;
    for (size_t i = 0; i < rows; i += 4) {
        memcpy(&word, input + i, 4);
        aimc_cm_queue(word);
    }
    aimc_cm_process();
    for (size_t j = 0; j < columns; j += 4) {
        word = aimc_cm_dequeue();
        memcpy(output + j, &word, 4);
    }
}

#endif
