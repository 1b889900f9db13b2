// Every kind of pthread lock under contention, and what is left of one whose owner has died.
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>

enum { THREADS = 4, ROUNDS = 300 };

static pthread_mutex_t mutex;
static long counter;

static void make(int type, int robust, int protocol) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_settype(&attributes, type);
  pthread_mutexattr_setrobust(&attributes, robust);
  pthread_mutexattr_setprotocol(&attributes, protocol);
  pthread_mutex_init(&mutex, &attributes);
}

static void *count(void *unused) {
  for (int i = 0; i < ROUNDS; i++) {
    pthread_mutex_lock(&mutex);
    long old = counter;
    for (volatile int j = 0; j < 50; j++)
      ;
    counter = old + 1;
    pthread_mutex_unlock(&mutex);
  }
  return 0;
}

static void contend(const char *name, int type, int robust, int protocol) {
  pthread_t threads[THREADS];
  make(type, robust, protocol);
  counter = 0;
  for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], 0, count, 0);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], 0);
  pthread_mutex_destroy(&mutex);
  printf("%s %ld\n", name, counter);
}

static void *die_with_lock(void *unused) {
  pthread_mutex_lock(&mutex);
  struct timespec pause = {0, 20000000};
  nanosleep(&pause, 0);
  return 0;
}

static void *try_to_unlock(void *unused) {
  return (void *)(long)pthread_mutex_unlock(&mutex);
}

static void owner_dies(const char *name, int protocol) {
  pthread_t thread;
  struct timespec pause = {0, 5000000};
  make(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, protocol);
  pthread_create(&thread, 0, die_with_lock, 0);
  nanosleep(&pause, 0);
  printf("%s try: %d", name, pthread_mutex_trylock(&mutex));
  printf(", lock: %d", pthread_mutex_lock(&mutex));
  printf(", consistent: %d", pthread_mutex_consistent(&mutex));
  printf(", unlock: %d\n", pthread_mutex_unlock(&mutex));
  pthread_join(thread, 0);
  // And one that nobody waits for while its owner dies.
  pthread_create(&thread, 0, die_with_lock, 0);
  pthread_join(thread, 0);
  printf("%s later: %d\n", name, pthread_mutex_lock(&mutex));
  pthread_mutex_unlock(&mutex);
  printf("%s lost: %d\n", name, pthread_mutex_lock(&mutex));
}

static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int items, taken;

static void *consume(void *unused) {
  for (int i = 0; i < ROUNDS; i++) {
    pthread_mutex_lock(&mutex);
    while (!items) pthread_cond_wait(&changed, &mutex);
    items--;
    taken++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
  }
  return 0;
}

static void *produce(void *unused) {
  for (int i = 0; i < ROUNDS; i++) {
    pthread_mutex_lock(&mutex);
    while (items >= 3) pthread_cond_wait(&changed, &mutex);
    items++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
  }
  return 0;
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static long left, right, torn;

static void *read_or_write(void *which) {
  for (int i = 0; i < ROUNDS; i++) {
    if ((long)which % 2) {
      pthread_rwlock_wrlock(&rwlock);
      left++;
      for (volatile int j = 0; j < 30; j++)
        ;
      right++;
    } else {
      pthread_rwlock_rdlock(&rwlock);
      torn += left != right;
    }
    pthread_rwlock_unlock(&rwlock);
  }
  return 0;
}

static pthread_barrier_t barrier;
static long phases[THREADS], early;

static void *meet(void *which) {
  for (int i = 0; i < 30; i++) {
    __atomic_store_n(&phases[(long)which], i, __ATOMIC_SEQ_CST);
    pthread_barrier_wait(&barrier);
    for (int other = 0; other < THREADS; other++)
      if (__atomic_load_n(&phases[other], __ATOMIC_SEQ_CST) < i) __atomic_fetch_add(&early, 1, __ATOMIC_SEQ_CST);
    pthread_barrier_wait(&barrier);
  }
  return 0;
}

static sem_t ping, pong;
static void *answer(void *unused) {
  for (int i = 0; i < ROUNDS; i++) {
    sem_wait(&ping);
    sem_post(&pong);
  }
  return 0;
}

static void run(void *(*function)(void *)) {
  pthread_t threads[THREADS];
  for (long i = 0; i < THREADS; i++) pthread_create(&threads[i], 0, function, (void *)i);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], 0);
}

int main(void) {
  contend("normal", PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE);
  contend("recursive", PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE);
  contend("errorcheck", PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE);
  contend("robust", PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_NONE);
  contend("inherit", PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_INHERIT);
  contend("robust inherit", PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_INHERIT);

  pthread_t thread;
  void *result;
  make(PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_INHERIT);
  pthread_mutex_lock(&mutex);
  printf("relock: %d\n", pthread_mutex_lock(&mutex));
  pthread_create(&thread, 0, try_to_unlock, 0);
  pthread_join(thread, &result);
  printf("unlock by another: %d\n", (int)(long)result);
  pthread_mutex_unlock(&mutex);
  owner_dies("robust", PTHREAD_PRIO_NONE);
  owner_dies("robust inherit", PTHREAD_PRIO_INHERIT);

  make(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE);
  struct timespec deadline;
  clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_nsec += 2000000;
  if (deadline.tv_nsec >= 1000000000) deadline.tv_sec++, deadline.tv_nsec -= 1000000000;
  pthread_mutex_lock(&mutex);
  printf("timed wait: %d\n", pthread_cond_timedwait(&changed, &mutex, &deadline));
  printf("timed lock: %d\n", pthread_mutex_timedlock(&mutex, &deadline));
  pthread_mutex_unlock(&mutex);

  pthread_create(&thread, 0, consume, 0);
  produce(0);
  pthread_join(thread, 0);
  printf("condition: %d taken, %d left\n", taken, items);
  run(read_or_write);
  printf("rwlock: %ld written, %ld torn\n", left, torn);
  pthread_barrier_init(&barrier, 0, THREADS);
  run(meet);
  printf("barrier: %ld early\n", early);
  sem_init(&ping, 0, 0);
  sem_init(&pong, 0, 0);
  pthread_create(&thread, 0, answer, 0);
  int answers = 0;
  for (; answers < ROUNDS; answers++) {
    sem_post(&ping);
    sem_wait(&pong);
  }
  pthread_join(thread, 0);
  printf("semaphore: %d answers\n", answers);
  return 0;
}
