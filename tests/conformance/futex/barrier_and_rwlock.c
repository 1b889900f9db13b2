/* Barriers let all through at once; a read-write lock has many readers or one writer.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static pthread_barrier_t barrier;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static int before, value, serial, wrong;
static void *run(void *argument)
{
    (void)argument;
    __atomic_fetch_add(&before, 1, __ATOMIC_SEQ_CST);
    if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
        __atomic_fetch_add(&serial, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&before, __ATOMIC_SEQ_CST) != 4)
        wrong++;
    for (int i = 0; i < 100; i++) {
        pthread_rwlock_wrlock(&lock);
        value++;
        pthread_rwlock_unlock(&lock);
        pthread_rwlock_rdlock(&lock);
        pthread_rwlock_unlock(&lock);
    }
    return NULL;
}
TEST(barrier_and_rwlock)
{
    pthread_t t[4];
    pthread_barrier_init(&barrier, NULL, 4);
    for (int i = 0; i < 4; i++)
        t[i] = start(run, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    VALUE(serial);
    VALUE(wrong);
    VALUE(value);
    return 0;
}
