/* A segment that is removed while attached goes with the last detach, by whatever means.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/shm.h>

TEST(shm_removed)
{
    struct shmid_ds found;
    key_t key = 0x5b000000 + getpid();
    int id = shmget(key, 8192, IPC_CREAT | 0600);
    char *p = shmat(id, NULL, 0);
    CALL(shmctl(id, IPC_RMID, NULL));
    CALL(shmget(key, 8192, 0));
    CALL(shmctl(id, IPC_STAT, &found));
    VALUE(found.shm_perm.mode & 01000);
    VALUE(found.shm_nattch);
    strcpy(p, "still there");
    char *q = shmat(id, NULL, 0);
    FACT(q != (char *)-1);
    TEXT(q);
    int again = shmget(key, 4096, IPC_CREAT | 0600);
    FACT(again != id);
    int ready[2];
    MUST(pipe(ready));
    pid_t pid = fork();
    if (pid == 0) {
        char c;
        MUST(read(ready[0], &c, 1));
        strcat(q, " in the child");
        printf("%s\n", p);
        fflush(stdout);
        _exit(0);
    }
    CALL(shmdt(p));
    CALL(munmap(q, 8192));
    CALL(shmctl(id, IPC_STAT, &found));
    VALUE(found.shm_nattch);
    MUST(write(ready[1], "x", 1));
    show_end("child", pid);
    /* Gone, or its place taken: EINVAL or EIDRM. */
    FACT(shmctl(id, IPC_STAT, &found) == -1);
    CALL(shmctl(again, IPC_RMID, NULL));
    return 0;
}
