/* Attachments may be cut and moved; nattch counts the areas, and shmdt takes all of one attachment.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/shm.h>

static int attached(int id)
{
    struct shmid_ds found;
    MUST(shmctl(id, IPC_STAT, &found));
    return found.shm_nattch;
}

TEST(shm_pieces)
{
    int id = shmget(IPC_PRIVATE, 4 * 4096, 0600);
    char *p = shmat(id, NULL, 0);
    for (int i = 0; i < 4; i++)
        p[i * 4096] = 'a' + i;
    CALL(munmap(p + 4096, 4096));
    VALUE(attached(id));
    VALUE(p[0]);
    VALUE(p[2 * 4096]);
    CALL(mprotect(p + 3 * 4096, 4096, PROT_READ));
    VALUE(attached(id));
    CALL(shmdt(p + 2 * 4096));
    CALL(shmdt(p));
    VALUE(attached(id));
    unsigned char vector;
    CALL(mincore(p + 2 * 4096, 4096, &vector));
    p = shmat(id, NULL, 0);
    char *q = shmat(id, NULL, 0);
    pid_t pid = fork();
    if (pid == 0) {
        printf("after fork: %d\n", attached(id));
        fflush(stdout);
        close(2);
        execl(SELF, "none", (char *)NULL);
        _exit(1);
    }
    int status;
    waitpid(pid, &status, 0);
    VALUE(attached(id));
    VALUE(q[3 * 4096]);
    CALL(shmctl(id, IPC_RMID, NULL));
    return 0;
}
