/* A wait ends with EIDRM when the set is removed, and with EINTR at a signal, even with SA_RESTART.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/sem.h>

static void handler(int number)
{
    (void)number;
}

TEST(sem_ends)
{
    int id = semget(IPC_PRIVATE, 1, 0600);
    struct sembuf down = {0, -1, 0};
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval soon = {{0, 0}, {0, 20000}};
    MUST(setitimer(ITIMER_REAL, &soon, NULL));
    CALL(semop(id, &down, 1));
    VALUE(semctl(id, 0, GETNCNT));
    pid_t pid = fork();
    if (pid == 0) {
        CALL(semop(id, &down, 1));
        fflush(stdout);
        _exit(0);
    }
    while (semctl(id, 0, GETNCNT) != 1)
        sleep_ms(1);
    fflush(stdout);
    MUST(semctl(id, 0, IPC_RMID));
    show_end("child", pid);
    return 0;
}
