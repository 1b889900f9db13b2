/* Semaphore sets: values one by one and together, and operations that happen all or not at all.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/sem.h>

union semun {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
};

TEST(sem_values)
{
    int id = semget(IPC_PRIVATE, 3, 0600);
    OK(id);
    unsigned short values[3] = {9, 9, 9};
    CALL(semctl(id, 0, GETALL, (union semun){.array = values}));
    printf("%d %d %d\n", values[0], values[1], values[2]);
    struct semid_ds found;
    CALL(semctl(id, 0, IPC_STAT, (union semun){.buf = &found}));
    VALUE(found.sem_nsems);
    VALUE(found.sem_otime);
    FACT(found.sem_ctime > 0);
    VALUE(semctl(id, 1, GETPID));
    CALL(semctl(id, 1, SETVAL, (union semun){.val = 5}));
    VALUE(semctl(id, 1, GETVAL));
    FACT(semctl(id, 1, GETPID) == getpid());
    CALL(semctl(id, 1, SETVAL, (union semun){.val = 32768}));
    CALL(semctl(id, 1, SETVAL, (union semun){.val = -1}));
    CALL(semctl(id, 3, SETVAL, (union semun){.val = 1}));
    CALL(semctl(id, 3, GETVAL));
    struct sembuf both[] = {{1, -5, IPC_NOWAIT}, {2, -1, IPC_NOWAIT}};
    CALL(semop(id, both, 2));
    VALUE(semctl(id, 1, GETVAL));
    struct sembuf up = {2, 1, 0};
    CALL(semop(id, &up, 1));
    CALL(semop(id, both, 2));
    CALL(semctl(id, 0, IPC_STAT, (union semun){.buf = &found}));
    FACT(found.sem_otime > 0);
    VALUE(semctl(id, 1, GETVAL));
    VALUE(semctl(id, 2, GETVAL));
    /* Operations on one semaphore see those before them. */
    struct sembuf in_turn[] = {{0, 2, 0}, {0, -1, IPC_NOWAIT}, {0, -1, IPC_NOWAIT}, {0, 0, IPC_NOWAIT}, {0, 7, 0}};
    CALL(semop(id, in_turn, 5));
    VALUE(semctl(id, 0, GETVAL));
    struct sembuf zero = {0, 0, IPC_NOWAIT};
    CALL(semop(id, &zero, 1));
    values[0] = 32767, values[1] = 1, values[2] = 0;
    CALL(semctl(id, 0, SETALL, (union semun){.array = values}));
    struct sembuf over = {0, 1, 0};
    CALL(semop(id, &over, 1));
    values[2] = 40000;
    CALL(semctl(id, 0, SETALL, (union semun){.array = values}));
    VALUE(semctl(id, 2, GETVAL));
    CALL(semctl(id, 0, IPC_RMID));
    CALL(semctl(id, 0, GETVAL));
    return 0;
}
