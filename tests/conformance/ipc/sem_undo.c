/* SEM_UNDO: what a process did to a semaphore is undone at its end.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/sem.h>

static int id;

static void in_child(const char *what, void (*work)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        work();
        _exit(0);
    }
    waitpid(pid, NULL, 0);
    printf("after %s: %d %d\n", what, semctl(id, 0, GETVAL), semctl(id, 1, GETVAL));
}

static void change(int number, int by, int flags)
{
    struct sembuf op = {number, by, flags};
    MUST(semop(id, &op, 1));
}

static void take(void)
{
    change(0, -3, SEM_UNDO);
    change(0, -1, 0);
}
static void give(void)
{
    change(1, 4, SEM_UNDO);
    change(1, 1, 0);
}
static void set_after(void)
{
    change(0, -2, SEM_UNDO);
    semctl(id, 0, SETVAL, 50);
}
static void killed(void)
{
    change(0, -10, SEM_UNDO);
    raise(SIGKILL);
}
static void more_than_there_is(void)
{
    change(1, 20, SEM_UNDO);
    change(1, -18, 0);
}
static void *thread(void *argument)
{
    change(0, -7, SEM_UNDO);
    return argument;
}
static void by_thread(void)
{
    pthread_join(start(thread, NULL), NULL);
    printf("thread is over: %d\n", semctl(id, 0, GETVAL));
    fflush(stdout);
}

TEST(sem_undo)
{
    id = semget(IPC_PRIVATE, 2, 0600);
    semctl(id, 0, SETVAL, 10);
    setvbuf(stdout, NULL, _IONBF, 0);
    in_child("taking", take);
    in_child("giving", give);
    in_child("a set value", set_after);
    in_child("SIGKILL", killed);
    in_child("more than there is", more_than_there_is);
    in_child("a thread", by_thread);
    /* The end wakes those who wait. */
    semctl(id, 1, SETVAL, 1);
    int ready[2];
    MUST(pipe(ready));
    pid_t holder = fork();
    if (holder == 0) {
        change(1, -1, SEM_UNDO);
        MUST(write(ready[1], "x", 1));
        while (semctl(id, 1, GETNCNT) != 1)
            sleep_ms(1);
        _exit(0);
    }
    char c;
    MUST(read(ready[0], &c, 1));
    change(1, -1, 0);
    show_end("holder", holder);
    FACT(semctl(id, 1, GETPID) == getpid());
    MUST(semctl(id, 0, SETVAL, 32767));
    struct sembuf low = {0, -32767, SEM_UNDO}, lower = {0, -2, SEM_UNDO};
    CALL(semop(id, &low, 1));
    MUST(semctl(id, 0, IPC_RMID));
    return 0;
}
