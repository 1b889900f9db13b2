/* A segment is memory that processes share; shmctl tells who has used it.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/shm.h>

static struct shmid_ds status(int id)
{
    struct shmid_ds found;
    MUST(shmctl(id, IPC_STAT, &found));
    return found;
}

TEST(shm_basic)
{
    int id = shmget(IPC_PRIVATE, 5000, 0640);
    OK(id);
    struct shmid_ds found = status(id);
    VALUE(found.shm_segsz);
    VALUE(found.shm_nattch);
    VALUE(found.shm_perm.mode);
    FACT(found.shm_perm.uid == geteuid() && found.shm_perm.cuid == geteuid());
    FACT(found.shm_cpid == getpid());
    VALUE(found.shm_lpid);
    VALUE(found.shm_atime);
    FACT(found.shm_ctime > 0);
    char *p = shmat(id, NULL, 0);
    FACT(p != (char *)-1);
    VALUE(p[0] + p[4999] + p[8191]);
    found = status(id);
    VALUE(found.shm_nattch);
    FACT(found.shm_lpid == getpid());
    FACT(found.shm_atime > 0);
    char *q = shmat(id, NULL, SHM_RDONLY);
    FACT(q != p);
    strcpy(p, "shared");
    TEXT(q);
    pid_t pid = fork();
    if (pid == 0) {
        printf("in the child: %s, attached %d times\n", q, (int)status(id).shm_nattch);
        strcpy(p, "by the child");
        fflush(stdout);
        _exit(0);
    }
    show_end("child", pid);
    TEXT(q);
    VALUE(status(id).shm_nattch);
    CALL(shmdt(q));
    CALL(shmdt(q));
    VALUE(status(id).shm_nattch);
    CALL(shmdt(p));
    FACT(status(id).shm_dtime > 0);
    p = shmat(id, NULL, 0);
    TEXT(p);
    CALL(shmctl(id, IPC_RMID, NULL));
    CALL(shmdt(p));
    return 0;
}
