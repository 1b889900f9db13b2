/* Who may use, change and remove objects of others.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

TEST(permissions)
{
    struct {
        long type;
        char text[8];
    } m = {1};
    struct sembuf up = {0, 1, 0}, zero = {0, 0, IPC_NOWAIT};
    key_t key = 0x5e000000 + getpid();
    int closed_shm = shmget(key, 4096, IPC_CREAT | 0600), shm = shmget(IPC_PRIVATE, 4096, 0604);
    int closed_sem = semget(key, 1, IPC_CREAT | 0600), sem = semget(IPC_PRIVATE, 1, 0604);
    int closed_msg = msgget(key, IPC_CREAT | 0600), msg = msgget(IPC_PRIVATE, 0602);
    struct shmid_ds given;
    int mine = shmget(IPC_PRIVATE, 4096, 0600);
    MUST(shmctl(mine, IPC_STAT, &given));
    given.shm_perm.uid = 12345;
    MUST(shmctl(mine, IPC_SET, &given));
    pid_t pid = fork();
    if (pid == 0) {
        MUST(setgid(12345));
        MUST(setuid(12345));
        struct shmid_ds found;
        CALL(shmget(key, 4096, 0400));
        FACT(shmget(key, 4096, 0) == closed_shm);
        CALL((long)shmat(closed_shm, NULL, SHM_RDONLY));
        CALL((long)shmat(shm, NULL, 0));
        FACT(shmat(shm, NULL, SHM_RDONLY) != (void *)-1);
        CALL(shmctl(closed_shm, IPC_STAT, &found));
        CALL(shmctl(shm, IPC_STAT, &found));
        CALL(shmctl(shm, IPC_SET, &found));
        CALL(shmctl(shm, IPC_RMID, NULL));
        CALL(semop(closed_sem, &zero, 1));
        CALL(semop(sem, &zero, 1));
        CALL(semop(sem, &up, 1));
        CALL(semctl(sem, 0, GETVAL));
        CALL(semctl(sem, 0, SETVAL, 1));
        CALL(semctl(closed_sem, 0, GETVAL));
        CALL(semctl(sem, 0, IPC_RMID));
        CALL(msgsnd(closed_msg, &m, 1, 0));
        CALL(msgsnd(msg, &m, 1, 0));
        CALL(msgrcv(msg, &m, 8, 0, IPC_NOWAIT));
        CALL(msgctl(msg, IPC_RMID, NULL));
        /* Given to this user, who may do everything with it. */
        FACT(shmat(mine, NULL, 0) != (void *)-1);
        CALL(shmctl(mine, IPC_RMID, NULL));
        fflush(stdout);
        _exit(0);
    }
    show_end("child", pid);
    MUST(shmctl(closed_shm, IPC_RMID, NULL));
    MUST(shmctl(shm, IPC_RMID, NULL));
    MUST(semctl(closed_sem, 0, IPC_RMID));
    MUST(semctl(sem, 0, IPC_RMID));
    MUST(msgctl(closed_msg, IPC_RMID, NULL));
    MUST(msgctl(msg, IPC_RMID, NULL));
    return 0;
}
