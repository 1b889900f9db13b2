/* What shmget, shmat and shmdt refuse.
 * Expected output: Linux on x86-64; qemu-aarch64 places SHM_REMAP itself and keeps what was removed. */
#include "conformance.h"
#include <sys/shm.h>

TEST(shm_errors)
{
    key_t key = 0x5a000000 + getpid();
    CALL(shmget(key, 4096, 0600));
    CALL(shmget(IPC_PRIVATE, 0, 0600));
    int id = shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600);
    OK(id);
    CALL(shmget(key, 4096, IPC_CREAT | IPC_EXCL | 0600));
    FACT(shmget(key, 4096, IPC_CREAT | 0600) == id);
    FACT(shmget(key, 100, 0) == id);
    FACT(shmget(key, 0, 0) == id);
    CALL(shmget(key, 4097, 0600));
    CALL((long)shmat(-1, NULL, 0));
    CALL((long)shmat(id, (void *)0x12345, 0));
    CALL((long)shmat(id, NULL, SHM_REMAP));
    char *place = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CALL((long)shmat(id, place, 0));
    FACT(shmat(id, place, SHM_REMAP) == place);
    FACT(place[0] == 0);
    CALL(shmdt(place + 4096));
    CALL(shmdt(place + 1));
    CALL(shmdt(place));
    CALL(shmdt(place));
    MUST(munmap(place, 65536));
    FACT(shmat(id, place, 0) == place);
    CALL(shmdt(place));
    /* A read-only attachment cannot be made writable. */
    char *read_only = shmat(id, NULL, SHM_RDONLY);
    CALL(mprotect(read_only, 4096, PROT_READ | PROT_WRITE));
    pid_t pid = fork();
    if (pid == 0) {
        *(volatile char *)read_only = 1;
        _exit(0);
    }
    show_end("a write", pid);
    CALL(shmctl(id, 77, NULL));
    CALL(shmctl(id, IPC_STAT, NULL));
    CALL(shmctl(id, IPC_RMID, NULL));
    CALL(shmdt(read_only));
    CALL(shmctl(id, IPC_RMID, NULL));
    CALL((long)shmat(id, NULL, 0));
    CALL(shmctl(-1, IPC_RMID, NULL));
    return 0;
}
