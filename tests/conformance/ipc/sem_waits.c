/* Who waits for a semaphore goes on when somebody else makes that possible, in the order of arrival.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/sem.h>

static int id, order[2];

static pid_t waiter(char name, struct sembuf *ops, int count)
{
    pid_t pid = fork();
    if (pid == 0) {
        int result = semop(id, ops, count);
        char text[2] = {name, result == 0 ? '+' : '-'};
        MUST(write(order[1], text, 2));
        _exit(0);
    }
    return pid;
}

static void wait_until(int command, int number, int count)
{
    while (semctl(id, number, command) != count)
        sleep_ms(1);
}

static void show(int count)
{
    char text[32] = {0};
    for (int done = 0; done < 2 * count;)
        done += read(order[0], text + done, 2 * count - done);
    if (text[0] > text[2] && count == 2) /* who writes first is a matter of luck */
        memcpy(text, (char[]){text[2], text[3], text[0], text[1]}, 4);
    printf("went on: %s\n", text);
}

TEST(sem_waits)
{
    MUST(pipe(order));
    id = semget(IPC_PRIVATE, 2, 0600);
    struct sembuf two = {0, -2, 0}, one = {0, -1, 0}, up = {0, 1, 0}, zero = {0, 0, 0}, pair[] = {{0, -1, 0}, {1, -1, 0}};
    waiter('a', &two, 1);
    wait_until(GETNCNT, 0, 1);
    waiter('b', &one, 1);
    wait_until(GETNCNT, 0, 2);
    waiter('c', pair, 2);
    wait_until(GETNCNT, 0, 3);
    VALUE(semctl(id, 1, GETNCNT));
    /* One is not enough for the first. */
    CALL(semop(id, &up, 1));
    show(1);
    VALUE(semctl(id, 0, GETVAL));
    VALUE(semctl(id, 0, GETNCNT));
    up.sem_op = 3;
    CALL(semop(id, &up, 1));
    show(1);
    VALUE(semctl(id, 0, GETVAL));
    /* Now the pair waits for its second one. */
    VALUE(semctl(id, 0, GETNCNT));
    VALUE(semctl(id, 1, GETNCNT));
    waiter('z', &zero, 1);
    wait_until(GETZCNT, 0, 1);
    /* The last of the first kind, and with it the one that waits for zero. */
    CALL(semctl(id, 1, SETVAL, 1));
    show(2);
    VALUE(semctl(id, 0, GETVAL));
    VALUE(semctl(id, 0, GETZCNT) + semctl(id, 0, GETNCNT));
    while (wait(NULL) > 0)
        ;
    CALL(semctl(id, 0, IPC_RMID));
    return 0;
}
