/* A number of threads share work that does not depend on each other: threads THREADS WORK [contend].
 * With `contend` they also take turns at a lock. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long total;
static long share;
static int contends;

static void *work(void *argument) {
    unsigned long x = (unsigned long)argument;
    for (long i = 0; i < share; i++) {
        x = x * 6364136223846793005ul + 1442695040888963407ul;
        if (contends && i % 64 == 0) {
            pthread_mutex_lock(&lock);
            total = total * 31 + x;
            pthread_mutex_unlock(&lock);
        }
    }
    pthread_mutex_lock(&lock);
    total += x;
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(int count, char **arguments) {
    int threads = atoi(arguments[1]);
    pthread_t ids[64];
    share = atol(arguments[2]) / threads;
    contends = count > 3 && strcmp(arguments[3], "contend") == 0;
    for (long i = 0; i < threads; i++)
        pthread_create(&ids[i], NULL, work, (void *)(i + 1));
    for (int i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
    printf("%lu\n", total);
    return 0;
}
