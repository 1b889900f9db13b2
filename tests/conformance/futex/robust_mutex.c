/* A robust mutex whose owner ended is given to the next with EOWNERDEAD.
 * Expected output: Linux on x86-64, as qemu-aarch64 does not keep robust lists. */
#include "conformance.h"

TEST(robust_mutex)
{
    pthread_mutex_t *mutex = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(mutex, &attributes);
    pid_t pid = fork();
    if (pid == 0) {
        pthread_mutex_lock(mutex);
        _exit(0);
    }
    show_end("owner", pid);
    TEXT(errno_name(pthread_mutex_lock(mutex)));
    VALUE(pthread_mutex_consistent(mutex));
    VALUE(pthread_mutex_unlock(mutex));
    VALUE(pthread_mutex_lock(mutex));
    return 0;
}
