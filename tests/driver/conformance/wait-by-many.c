/* Several threads and a child wait for one fence; all are woken. */
#include "check.h"

enum { THREADS = 4 };

static struct context context;
static uint64_t fence;

static void *wait_in_thread(void *unused)
{
    CHECK_EQUAL(status_of(context, fence), 0);
    return unused;
}

static void wait_in_child(void *unused)
{
    wait_in_thread(unused);
}

int main(void)
{
    pthread_t threads[THREADS];
    context = new_context(open_device(), 0);
    fence = keep_busy(context);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_create(&threads[i], NULL, wait_in_thread, NULL), 0);
    CHECK_EQUAL(in_child(wait_in_child, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQUAL(pthread_join(threads[i], NULL), 0);
    return ok();
}
