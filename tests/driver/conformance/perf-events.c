/* perf_event_open counts what tiles do, for the whole machine, by the type, fields and events that sysfs shows. */
#include "check.h"
#include <linux/perf_event.h>
#include <sys/ioctl.h>

#define PMU "/sys/bus/event_source/devices/aimc/"

static int try_event(uint32_t type, uint64_t config, uint64_t format, int pid, int cpu, uint64_t flags)
{
    struct perf_event_attr attributes = {
        .type = type, .size = sizeof attributes, .config = config, .read_format = format, .disabled = 1};
    int fd = (int)syscall(SYS_perf_event_open, &attributes, pid, cpu, -1, flags);
    return fd < 0 ? -errno : fd;
}

static uint64_t count(int fd)
{
    uint64_t value;
    CHECK_EQUAL(read(fd, &value, sizeof value), sizeof value);
    return value;
}

int main(void)
{
    uint32_t type = (uint32_t)atoi(content(PMU "type"));
    unsigned event, tile;
    CHECK(type > 5);
    CHECK_EQUAL(sscanf(content(PMU "events/mvms"), "event=%x,tile=%x", &event, &tile), 2);
    CHECK(strcmp(content(PMU "format/tile"), "config:8-15\n") == 0);
    CHECK(strcmp(content(PMU "events/energy.unit"), "Joules\n") == 0);
    int all = try_event(type, event | tile << 8, 0, -1, 0, 0), second = try_event(type, event | 1 << 8, 0, -1, 0, 0);
    int energy = try_event(type, 0x40 | 0xff << 8, 0, -1, 0, PERF_FLAG_FD_CLOEXEC);
    CHECK(all >= 0 && second >= 0 && energy >= 0);

    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_mvm mvm = mvm_of(context.tile, 16, 16, buffer, buffer);
    multiply_on_tile(context, mvm);
    CHECK_EQUAL(count(all), 0);
    CHECK_EQUAL(ioctl(all, PERF_EVENT_IOC_ENABLE, 0), 0);
    CHECK_EQUAL(ioctl(second, PERF_EVENT_IOC_ENABLE, 0), 0);
    CHECK_EQUAL(ioctl(energy, PERF_EVENT_IOC_ENABLE, 0), 0);
    multiply_on_tile(context, mvm);
    multiply_on_tile(context, mvm);
    CHECK_EQUAL(count(all), 2);
    CHECK_EQUAL(count(second), 0);
    CHECK(count(energy) > 0);
    CHECK_EQUAL(ioctl(all, PERF_EVENT_IOC_DISABLE, 0), 0);
    multiply_on_tile(context, mvm);
    CHECK_EQUAL(count(all), 2);
    CHECK_EQUAL(ioctl(all, PERF_EVENT_IOC_RESET, 0), 0);
    CHECK_EQUAL(count(all), 0);

    int timed = try_event(type, event, PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_ID, -1, 0, 0);
    uint64_t values[3], id;
    CHECK(timed >= 0);
    CHECK_EQUAL(ioctl(timed, PERF_EVENT_IOC_ENABLE, 0), 0);
    sleep_ns(MS);
    CHECK_EQUAL(read(timed, values, sizeof values), sizeof values);
    CHECK(values[1] >= MS);
    CHECK_EQUAL(ioctl(timed, PERF_EVENT_IOC_ID, &id), 0);
    CHECK_EQUAL(values[2], id);
    CHECK_EQUAL(read(timed, values, 8), -1);
    CHECK_EQUAL(errno, ENOSPC);

    CHECK_EQUAL(try_event(type, 0x3f, 0, -1, 0, 0), -EINVAL);
    CHECK_EQUAL(try_event(type, 2 << 8, 0, -1, 0, 0), -EINVAL);
    CHECK_EQUAL(try_event(type, event, 0, 0, -1, 0), -EINVAL);
    CHECK_EQUAL(try_event(type, event, 0, -1, 99, 0), -EINVAL);
    CHECK_EQUAL(try_event(type, event, PERF_FORMAT_GROUP, -1, 0, 0), -EINVAL);
    CHECK_EQUAL(try_event(type + 1, event, 0, -1, 0, 0), -ENOENT);
    CHECK_EQUAL(try_event(PERF_TYPE_HARDWARE, 0, 0, 0, -1, 0), -ENOENT);
    CHECK_EQUAL(setuid(1000), 0);
    CHECK_EQUAL(try_event(type, event, 0, -1, 0, 0), -EACCES);
    return ok();
}
