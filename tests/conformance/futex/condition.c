/* A bounded queue with condition variables between producers and consumers.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int queue[4], used, taken, total;
static void *produce(void *argument)
{
    for (int i = 1; i <= 200; i++) {
        pthread_mutex_lock(&mutex);
        while (used == 4)
            pthread_cond_wait(&changed, &mutex);
        queue[used++] = i * (int)(long)argument;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}
static void *consume(void *argument)
{
    (void)argument;
    for (;;) {
        pthread_mutex_lock(&mutex);
        while (used == 0 && taken < 400)
            pthread_cond_wait(&changed, &mutex);
        if (taken == 400) {
            pthread_mutex_unlock(&mutex);
            return NULL;
        }
        total += queue[--used];
        taken++;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&mutex);
    }
}
TEST(condition)
{
    pthread_t t[4] = {start(produce, (void *)1), start(produce, (void *)2), start(consume, NULL), start(consume, NULL)};
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    VALUE(taken);
    VALUE(total);
    return 0;
}
