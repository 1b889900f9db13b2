/* A thread that waits comes back when another thread closes the client's descriptor, and then the tiles are free. */
#include "check.h"

static struct context context;

static void *wait_for(void *fence)
{
    struct aimc_wait wait;
    int result = wait_until(context, (uint64_t)(uintptr_t)fence, FOREVER, &wait);
    CHECK(result == 0 || result == -ENOENT || result == -EBADF);
    if (result == 0)
        CHECK(wait.status == 0 || wait.status == -ECANCELED);
    return NULL;
}

int main(void)
{
    pthread_t waiter;
    context = new_context(open_device(), 0);
    keep_busy(context);
    uint64_t fence = keep_busy(context);
    CHECK_EQUAL(pthread_create(&waiter, NULL, wait_for, (void *)(uintptr_t)fence), 0);
    sleep_ns(MS);
    CHECK_EQUAL(close(context.fd), 0);
    CHECK_EQUAL(pthread_join(waiter, NULL), 0);
    sleep_ns(20 * MS);
    CHECK_EQUAL(free_tiles(), 2);
    return ok();
}
