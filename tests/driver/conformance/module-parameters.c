/* Module parameters are QUERY's limits; what root writes to them holds from then on, and nothing else is taken. */
#include "check.h"

#define PARAMETERS "/sys/module/aimc/parameters/"

static uint64_t parameter(const char *name)
{
    char path[128], *end;
    snprintf(path, sizeof path, PARAMETERS "%s", name);
    uint64_t value = strtoull(content(path), &end, 10);
    CHECK(strcmp(end, "\n") == 0);
    return value;
}

/* 0 or minus the error. */
static int set(const char *name, const char *value)
{
    char path[128];
    snprintf(path, sizeof path, PARAMETERS "%s", name);
    int fd = open(path, O_WRONLY);
    if (fd < 0)
        return -errno;
    int result = write(fd, value, strlen(value)) < 0 ? -errno : 0;
    close(fd);
    return result;
}

static mode_t mode(const char *name)
{
    char path[128];
    struct stat status;
    snprintf(path, sizeof path, PARAMETERS "%s", name);
    CHECK_EQUAL(stat(path, &status), 0);
    return status.st_mode & 07777;
}

int main(void)
{
    static const char *const changeable[] = {"contexts_limit", "buffer_limit_bytes", "batch_limit",
                                             "queue_limit",    "job_timeout_ns",     "hybrid_ns",
                                             "quantum_ns"};
    static const char *const fixed[] = {"autosuspend_ns", "trace_events"};
    int fd = open_device();
    struct aimc_device_info info = device_info(fd);
    CHECK_EQUAL(parameter("contexts_limit"), info.contexts_limit);
    CHECK_EQUAL(parameter("batch_limit"), info.batch_limit);
    CHECK_EQUAL(parameter("buffer_limit_bytes"), info.buffer_limit);
    CHECK_EQUAL(parameter("job_timeout_ns"), info.job_timeout_ns);
    for (size_t i = 0; i < sizeof changeable / sizeof *changeable; i++) {
        uint64_t before = parameter(changeable[i]);
        CHECK_EQUAL(mode(changeable[i]), 0644);
        CHECK_EQUAL(set(changeable[i], "many\n"), -EINVAL);
        CHECK_EQUAL(set(changeable[i], "-1\n"), -EINVAL);
        CHECK_EQUAL(set(changeable[i], "18446744073709551616\n"), -EINVAL);
        CHECK_EQUAL(parameter(changeable[i]), before);
    }
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        uint64_t before = parameter(fixed[i]);
        CHECK_EQUAL(mode(fixed[i]), 0444);
        CHECK_EQUAL(set(fixed[i], "1\n"), -EACCES);
        CHECK_EQUAL(parameter(fixed[i]), before);
    }
    CHECK_EQUAL(set("batch_limit", "0\n"), -EINVAL);

    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_mvm mvms[3];
    for (int i = 0; i < 3; i++)
        mvms[i] = mvm_of(context.tile, 16, 16, buffer, buffer);
    CHECK_EQUAL(set("batch_limit", "2\n"), 0);
    CHECK_EQUAL(device_info(fd).batch_limit, 2);
    CHECK_EQUAL(submit(context, mvms, 3), -EINVAL);
    CHECK_EQUAL(status_of(context, (uint64_t)submit(context, mvms, 2)), 0);

    CHECK_EQUAL(set("queue_limit", "1"), 0);
    keep_busy(context);
    int64_t waiting = submit(context, mvms, 1);
    CHECK(waiting > 0);
    CHECK_EQUAL(submit(context, mvms, 1), -EAGAIN);
    CHECK_EQUAL(status_of(context, (uint64_t)waiting), 0);

    struct aimc_bo_create create;
    CHECK_EQUAL(set("buffer_limit_bytes", "0x2000\n"), 0);
    CHECK_EQUAL(try_buffer(fd, PAGE, &create), 0);
    CHECK_EQUAL(try_buffer(fd, PAGE, &create), -ENOSPC);
    CHECK_EQUAL(set("contexts_limit", "1\n"), 0);
    CHECK_EQUAL(try_context(fd, 1, 0, 0, NULL), -ENOSPC);

    CHECK_EQUAL(set("job_timeout_ns", "1000000\n"), 0);
    CHECK_EQUAL(status_of(context, keep_busy(context)), -ETIMEDOUT);

    CHECK_EQUAL(setuid(1000), 0);
    CHECK_EQUAL(set("batch_limit", "4\n"), -EACCES);
    CHECK_EQUAL(parameter("batch_limit"), 2);
    return ok();
}
