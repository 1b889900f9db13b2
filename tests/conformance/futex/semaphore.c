/* POSIX semaphores between processes, with a timed wait.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <semaphore.h>

TEST(semaphore)
{
    sem_t *sem = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int value;
    CALL(sem_init(sem, 1, 0));
    CALL(sem_trywait(sem));
    CALL(sem_timedwait(sem, &(struct timespec){1, 0}));
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < 3; i++)
            sem_post(sem);
        _exit(0);
    }
    for (int i = 0; i < 3; i++)
        CALL(sem_wait(sem));
    sem_getvalue(sem, &value);
    VALUE(value);
    show_end("child", pid);
    return 0;
}
