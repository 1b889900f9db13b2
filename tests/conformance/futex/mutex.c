/* Threads that add to a counter under a mutex lose nothing.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int counter;
static void *run(void *argument)
{
    (void)argument;
    for (int i = 0; i < 2000; i++) {
        pthread_mutex_lock(&mutex);
        counter++;
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}
TEST(mutex)
{
    pthread_t t[4];
    for (int i = 0; i < 4; i++)
        t[i] = start(run, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    VALUE(counter);
    return 0;
}
