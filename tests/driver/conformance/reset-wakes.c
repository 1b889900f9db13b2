/* Who waits while the device is reset is told ECANCELED; READBACK ends with it. */
#include "check.h"

static struct context context;
static int8_t seen[16];

static void *wait_for(void *fence)
{
    CHECK_EQUAL(status_of(context, (uint64_t)(uintptr_t)fence), -ECANCELED);
    return NULL;
}

static void *read_weights(void *unused)
{
    memset(seen, 0x22, sizeof seen);
    CHECK_EQUAL(read_back(context, 4, 4, seen), -ECANCELED);
    CHECK_EQUAL(seen[0], 0x22);
    return unused;
}

int main(void)
{
    pthread_t waiter, reader;
    context = new_context(open_device(), 0);
    uint64_t fence = keep_busy(context);
    CHECK_EQUAL(pthread_create(&waiter, NULL, wait_for, (void *)(uintptr_t)fence), 0);
    CHECK_EQUAL(pthread_create(&reader, NULL, read_weights, NULL), 0);
    sleep_ns(MS);
    struct aimc_reset reset = {0};
    CHECK_EQUAL(call(context.fd, AIMC_IOCTL_RESET, &reset), 0);
    CHECK_EQUAL(pthread_join(waiter, NULL), 0);
    CHECK_EQUAL(pthread_join(reader, NULL), 0);
    return ok();
}
