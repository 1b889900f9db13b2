/* Commands with random arguments, most of them nonsense, give only errors that the header names, and leave the device
 * as good as new. */
#include "commands.h"
#include <sys/eventfd.h>
#include <sys/time.h>

enum { CALLS = 6000, SCRATCH = 16 * PAGE };

static uint64_t state = 12345;
static char *scratch; /* with nothing behind it */

static uint64_t random_number(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return state >> 20;
}

static uint64_t random_value(void)
{
    const uint64_t edges[] = {UINT32_MAX, UINT64_MAX, 1u << 31, INT64_MAX, 1ull << 63, 65536, PAGE, 256, 192, 64, 8};
    uint64_t choice = random_number() % 16;
    if (choice < 9)
        return random_number() % 4;
    if (choice == 9)
        return random_number() % 300;
    if (choice == 10)
        return edges[random_number() % (sizeof edges / sizeof *edges)];
    if (choice == 11)
        return (uintptr_t)scratch + SCRATCH - random_number() % 100;
    return choice < 15 ? (uintptr_t)scratch + random_number() % SCRATCH / 8 * 8 : random_number() << 20;
}

static void one_call(int fd)
{
    int number = (int)(random_number() % COMMANDS);
    struct arguments all;
    struct context context = {
        .fd = fd, .ctx = (uint32_t)(random_number() % 8), .tile = (uint32_t)(random_number() % 2)};
    prepare(&all, context, (uint32_t)(random_number() % 8));
    all.query.data = all.program.data = all.readback.data = all.submit.mvms = (uintptr_t)scratch;
    memcpy(scratch, &all.mvm, sizeof all.mvm);
    char *bytes = argument(&all, number);
    for (uint64_t changes = random_number() % 3; changes > 0; changes--) {
        uint64_t value = random_value();
        size_t width = random_number() % 2 ? 4 : 8;
        memcpy(bytes + random_number() % (size_of(number) / width) * width, &value, width);
    }
    if (number == 6 || number == 11) { /* nothing is waited for longer than a while */
        all.bo_wait.timeout_ns = now_ns() + MS;
        all.wait.timeout_ns = now_ns() + MS;
    }
    int result = call(fd, commands[number], bytes);
    const int known[] = {0,      -EINVAL, -ENOENT, -EBUSY,      -ENOSPC, -ENOMEM, -ERANGE, -EOPNOTSUPP,
                         -EFAULT, -ETIME, -ENXIO,  -EBADF, -EMFILE, -EAGAIN, -EINTR};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (result == known[i])
            return;
    dprintf(1, "command %d\n", number);
    CHECK_EQUAL(result, 0);
}

static void interrupt(int number)
{
    (void)number;
}

int main(void)
{
    /* READBACK waits for a tile that another context has bound; here that would be for ever. */
    struct sigaction action = {.sa_handler = interrupt};
    struct itimerval timer = {{0, 5000}, {0, 5000}};
    CHECK_EQUAL(sigaction(SIGALRM, &action, NULL), 0);
    CHECK_EQUAL(setitimer(ITIMER_REAL, &timer, NULL), 0);
    scratch = mmap(NULL, SCRATCH + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(scratch != MAP_FAILED);
    CHECK_EQUAL(munmap(scratch + SCRATCH, PAGE), 0);
    int fd = open_device();
    CHECK(eventfd(0, 0) >= 0);
    for (int i = 0; i < CALLS; i++) {
        if (i % 1000 == 999) {
            CHECK_EQUAL(close(fd), 0);
            fd = open_device();
        }
        one_call(fd);
    }
    timer = (struct itimerval){0};
    CHECK_EQUAL(setitimer(ITIMER_REAL, &timer, NULL), 0);
    CHECK_EQUAL(close(fd), 0);
    sleep_ns(100 * MS);
    fd = open_device();
    CHECK_EQUAL(free_tiles(), 2);
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    const int8_t weights[16] = {3};
    program_matrix(context, 4, 4, weights);
    buffer.bytes[0] = 7;
    multiply_on_tile(context, mvm_of(context.tile, 4, 4, buffer, buffer));
    CHECK_EQUAL(buffer.bytes[0], 21);
    return ok();
}
