/* READBACK that waits ends with ECANCELED when its context is destroyed, and writes nothing. */
#include "check.h"

static struct context context;
static int8_t seen[16];

static void *read_weights(void *unused)
{
    CHECK_EQUAL(read_back(context, 4, 4, seen), -ECANCELED);
    CHECK_EQUAL(seen[0], 0x22);
    return unused;
}

int main(void)
{
    pthread_t reader;
    memset(seen, 0x22, sizeof seen);
    context = new_context(open_device(), 0);
    keep_busy(context);
    CHECK_EQUAL(pthread_create(&reader, NULL, read_weights, NULL), 0);
    sleep_ns(MS);
    CHECK_EQUAL(destroy_context(context), 0);
    CHECK_EQUAL(pthread_join(reader, NULL), 0);
    return ok();
}
