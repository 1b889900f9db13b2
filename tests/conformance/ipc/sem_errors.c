/* What semget and semop refuse.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/sem.h>

TEST(sem_errors)
{
    key_t key = 0x5c000000 + getpid();
    CALL(semget(key, 1, 0600));
    CALL(semget(IPC_PRIVATE, 0, 0600));
    CALL(semget(IPC_PRIVATE, -1, 0600));
    CALL(semget(IPC_PRIVATE, 1000000, 0600));
    int id = semget(key, 2, IPC_CREAT | 0600);
    OK(id);
    CALL(semget(key, 2, IPC_CREAT | IPC_EXCL | 0600));
    FACT(semget(key, 0, 0) == id);
    CALL(semget(key, 3, 0));
    struct sembuf ops[600] = {{0}};
    CALL(semop(id, ops, 0));
    CALL(semop(id, ops, 600));
    ops[0].sem_num = 2;
    CALL(semop(id, ops, 1));
    CALL(semop(-1, ops, 1));
    CALL(semop(id, (struct sembuf *)8, 1));
    ops[0] = (struct sembuf){0, -1, 0};
    CALL(semtimedop(id, ops, 1, &(struct timespec){0, 1000000000}));
    CALL(semtimedop(id, ops, 1, &(struct timespec){-1, 0}));
    CALL(semtimedop(id, ops, 1, &(struct timespec){0, 0}));
    long long before = now_ms();
    CALL(semtimedop(id, ops, 1, &(struct timespec){0, 50000000}));
    FACT(now_ms() - before >= 49);
    CALL(semctl(id, 0, 99));
    CALL(semctl(id, 0, IPC_RMID));
    CALL(semop(id, ops, 1));
    CALL(semctl(id, 0, IPC_RMID));
    return 0;
}
