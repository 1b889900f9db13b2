/* A shared context whose jobs need two tiles gets its turn though others keep each of them busy. */
#include "check.h"

static volatile int stop;

static void *keep_one_busy(void *number)
{
    struct context context;
    CHECK_EQUAL(try_context(open_device(), 1, AIMC_CTX_SHARED, 1ull << (uintptr_t)number, &context), 0);
    uint64_t last = keep_busy(context);
    while (!stop) {
        uint64_t next = keep_busy(context);
        CHECK_EQUAL(status_of(context, last), 0);
        last = next;
    }
    CHECK_EQUAL(status_of(context, last), 0);
    return NULL;
}

int main(void)
{
    pthread_t threads[2];
    struct context wide;
    int fd = open_device();
    CHECK_EQUAL(try_context(fd, 2, AIMC_CTX_SHARED, 0, &wide), 0);
    struct buffer buffer = new_buffer(fd, PAGE);
    struct aimc_mvm mvms[2] = {mvm_of(0, 4, 4, buffer, buffer), mvm_of(1, 4, 4, buffer, buffer)};
    for (uintptr_t i = 0; i < 2; i++) {
        CHECK_EQUAL(pthread_create(&threads[i], NULL, keep_one_busy, (void *)i), 0);
        sleep_ns(2 * MS); /* so that the two are never free at once by themselves */
    }
    struct aimc_wait wait;
    for (int i = 0; i < 3; i++) {
        int64_t fence = submit(wide, mvms, 2);
        CHECK(fence > 0);
        CHECK_EQUAL(wait_until(wide, (uint64_t)fence, now_ns() + 100 * MS, &wait), 0);
    }
    stop = 1;
    for (int i = 0; i < 2; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    return ok();
}
