/* mq_notify with SIGEV_THREAD: a function runs in a thread of its own when a message comes.
 * Expected output: Linux on x86-64; qemu-aarch64 lacks mq_notify. */
#include "conformance.h"
#include <mqueue.h>
#include <semaphore.h>

static sem_t called;
static volatile int value, calls;

static void function(union sigval argument)
{
    value = argument.sival_int;
    calls++;
    sem_post(&called);
}

TEST(mq_notify_thread)
{
    char name[64], text[16];
    struct mq_attr attr = {.mq_maxmsg = 4, .mq_msgsize = 16};
    snprintf(name, sizeof name, "/aimc-thread-%d", getpid());
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT, 0600, &attr);
    MUST(mq_unlink(name));
    sem_init(&called, 0, 0);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = function};
    for (int i = 1; i <= 2; i++) {
        event.sigev_value.sival_int = i * 11;
        CALL(mq_notify(queue, &event));
        CALL(mq_send(queue, "x", 1, 0));
        while (sem_wait(&called))
            ;
        VALUE(value);
        MUST(mq_receive(queue, text, 16, NULL));
    }
    CALL(mq_notify(queue, &event));
    CALL(mq_notify(queue, NULL));
    CALL(mq_send(queue, "x", 1, 0));
    sleep_ms(20);
    VALUE(calls);
    return 0;
}
