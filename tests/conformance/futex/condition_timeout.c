/* A timed wait on a condition that nobody signals is ETIMEDOUT and holds the mutex again.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(condition_timeout)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 20000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&mutex);
    TEXT(errno_name(pthread_cond_timedwait(&condition, &mutex, &until)));
    TEXT(errno_name(pthread_mutex_trylock(&mutex)));
    VALUE(pthread_mutex_unlock(&mutex));
    return 0;
}
