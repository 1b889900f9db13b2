/* A job that somebody waits for ends with an interrupt, which /proc/interrupts counts; one that is polled for ends
 * without. */
#include "check.h"

static unsigned long interrupts(void)
{
    const char *end = strstr(content("/proc/interrupts"), "aimc");
    CHECK(end != NULL);
    while (end[-1] != '\n')
        end--;
    char *next = strchr(end, ':') + 1;
    unsigned long sum = 0;
    for (int core = 0; core < 2; core++)
        sum += strtoul(next, &next, 10);
    return sum;
}

int main(void)
{
    int fd = open_device();
    struct context context = new_context(fd, 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_mvm mvm = mvm_of(context.tile, 4, 4, buffer, buffer);
    for (int poll = 0; poll <= 1; poll++) {
        unsigned long before = interrupts();
        for (int i = 0; i < 5; i++) {
            struct aimc_wait wait = {.ctx = context.ctx, .flags = poll ? AIMC_WAIT_POLL : 0, .timeout_ns = FOREVER};
            keep_busy(context);
            wait.fence = (uint64_t)submit(context, &mvm, 1);
            CHECK_EQUAL(call(fd, AIMC_IOCTL_WAIT, &wait), 0);
        }
        CHECK_EQUAL(interrupts() - before, poll ? 0 : 10);
    }
    return ok();
}
