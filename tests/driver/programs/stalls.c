/*
 * Two threads, each on its own core, multiply by instructions. Prints how many cycles the PMU says that each core, and
 * both together, waited for tiles; or "none" if it has no such event.
 */
#include "../conformance/check.h"
#include <linux/perf_event.h>
#include <sys/ioctl.h>

#define PMU "/sys/bus/event_source/devices/aimc/"
enum { CORES = 2, ROWS = 64, COLUMNS = 32, ALL = 0xff };

static int fd;

static int open_event(unsigned event, unsigned tile)
{
    struct perf_event_attr attributes = {
        .type = (uint32_t)atoi(content(PMU "type")), .size = sizeof attributes, .config = event | tile << 8};
    int counter = (int)syscall(SYS_perf_event_open, &attributes, -1, 0, -1, 0);
    return counter < 0 ? -errno : counter;
}

static uint64_t count(int counter)
{
    uint64_t value;
    CHECK_EQUAL(read(counter, &value, sizeof value), sizeof value);
    return value;
}

static void *compute(void *argument)
{
    unsigned core = (unsigned)(uintptr_t)argument;
    struct context context;
    int8_t vector[ROWS];
    pin(core);
    CHECK_EQUAL(try_context(fd, 1, 0, 1u << core, &context), 0);
    CHECK_EQUAL(bind_tile(context, core, 0), 0);
    fill(vector, sizeof vector, core, 100);
    for (unsigned times = 0; times < 10 * (core + 1); times++)
        multiply_by_instructions(ROWS, COLUMNS, vector, vector);
    return NULL;
}

int main(void)
{
    unsigned event, tile;
    int counters[CORES], all;
    fd = open_device();
    if (access(PMU "events/stall_cycles", F_OK) != 0) {
        CHECK_EQUAL(open_event(0x41, ALL), -EINVAL);
        puts("none");
        return 0;
    }
    CHECK_EQUAL(sscanf(content(PMU "events/stall_cycles"), "event=%x,tile=%x", &event, &tile), 2);
    CHECK_EQUAL(tile, ALL);
    CHECK((all = open_event(event, ALL)) >= 0);
    pthread_t threads[CORES];
    for (unsigned core = 0; core < CORES; core++)
        CHECK((counters[core] = open_event(event, core)) >= 0);
    for (uintptr_t core = 0; core < CORES; core++)
        CHECK_EQUAL(pthread_create(&threads[core], NULL, compute, (void *)core), 0);
    for (unsigned core = 0; core < CORES; core++)
        CHECK_EQUAL(pthread_join(threads[core], NULL), 0);
    printf("%llu %llu %llu\n", (unsigned long long)count(counters[0]), (unsigned long long)count(counters[1]),
           (unsigned long long)count(all));
    return 0;
}
