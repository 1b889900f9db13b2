/* Thread-local storage, join values and detached threads.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static __thread int local = 5;
static void *run(void *argument)
{
    local += (int)(long)argument;
    return (void *)(long)local;
}
TEST(pthread_keys)
{
    pthread_t t[4];
    for (long i = 0; i < 4; i++)
        t[i] = start(run, (void *)(i * 10));
    long sum = 0;
    for (int i = 0; i < 4; i++) {
        void *value;
        pthread_join(t[i], &value);
        sum += (long)value;
    }
    VALUE(sum);
    VALUE(local);
    return 0;
}
