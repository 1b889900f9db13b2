/* Processes that map a buffer, each for itself, can wait for each other by a semaphore in it. */
#include "check.h"
#include <semaphore.h>

static struct buffer buffer;
static int fd;

struct shared {
    sem_t ping, pong;
    int number;
};

int main(void)
{
    int status;
    fd = open_device();
    buffer = new_buffer(fd, PAGE);
    struct shared *shared = (struct shared *)buffer.bytes;
    CHECK(sem_init(&shared->ping, 1, 0) == 0 && sem_init(&shared->pong, 1, 0) == 0);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)buffer.offset);
        CHECK(shared != MAP_FAILED);
        for (int i = 0; i < 20; i++) {
            CHECK_EQUAL(sem_wait(&shared->ping), 0);
            shared->number++;
            CHECK_EQUAL(sem_post(&shared->pong), 0);
        }
        _exit(0);
    }
    for (int i = 0; i < 20; i++) {
        CHECK_EQUAL(shared->number, i);
        CHECK_EQUAL(sem_post(&shared->ping), 0);
        CHECK_EQUAL(sem_wait(&shared->pong), 0);
    }
    CHECK_EQUAL(waitpid(pid, &status, 0), pid);
    CHECK_EQUAL(status, 0);
    return ok();
}
