/* Limits under /proc/sys/kernel, and what IPC_INFO and the *_STAT commands say.
 * Expected output: Linux on x86-64; qemu-aarch64 does not know SEM_STAT and MSG_STAT by index. */
#include "conformance.h"
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

TEST(sysvipc_files)
{
    TEXT(read_file("/proc/sys/kernel/shmmni"));
    TEXT(read_file("/proc/sys/kernel/msgmax"));
    TEXT(read_file("/proc/sys/kernel/msgmnb"));
    TEXT(read_file("/proc/sys/kernel/msgmni"));
    TEXT(read_file("/proc/sys/kernel/sem"));
    TEXT(read_file("/proc/sys/kernel/shmmax"));
    struct shminfo info;
    OK(shmctl(0, IPC_INFO, (struct shmid_ds *)&info));
    VALUE(info.shmmin);
    VALUE(info.shmmni);
    struct seminfo seminfo;
    OK(semctl(0, 0, IPC_INFO, &seminfo));
    VALUE(seminfo.semmsl);
    VALUE(seminfo.semopm);
    VALUE(seminfo.semvmx);
    VALUE(seminfo.semaem);
    int sem = semget(IPC_PRIVATE, 7, 0600);
    struct semid_ds ds;
    int highest = semctl(0, 0, SEM_INFO, &seminfo), found = 0;
    FACT(seminfo.semusz >= 1);
    FACT(seminfo.semaem >= 7);
    for (int index = 0; index <= highest; index++)
        if (semctl(index, 0, SEM_STAT, &ds) == sem)
            found = ds.sem_nsems;
    VALUE(found);
    MUST(semctl(sem, 0, IPC_RMID));
    int shm = shmget(IPC_PRIVATE, 12345, 0600);
    struct shmid_ds segment;
    struct shm_info use;
    highest = shmctl(0, SHM_INFO, (struct shmid_ds *)&use);
    FACT(use.used_ids >= 1);
    FACT(use.shm_tot >= 4);
    found = 0;
    for (int index = 0; index <= highest; index++)
        if (shmctl(index, SHM_STAT, &segment) == shm)
            found = segment.shm_segsz;
    VALUE(found);
    MUST(shmctl(shm, IPC_RMID, NULL));
    return 0;
}
