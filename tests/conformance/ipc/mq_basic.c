/* POSIX message queues: the highest priority first, then the oldest.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <mqueue.h>

TEST(mq_basic)
{
    char name[64], text[64] = {0};
    unsigned priority;
    struct mq_attr attr = {.mq_maxmsg = 4, .mq_msgsize = 32}, found;
    snprintf(name, sizeof name, "/aimc-basic-%d", getpid());
    CALL(mq_open(name, O_RDWR));
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0600, &attr);
    OK(queue);
    CALL(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr));
    CALL(mq_getattr(queue, &found));
    printf("%ld %ld %ld %ld\n", found.mq_flags & O_NONBLOCK, found.mq_maxmsg, found.mq_msgsize, found.mq_curmsgs);
    CALL(mq_receive(queue, text, 32, NULL));
    CALL(mq_send(queue, "low", 4, 1));
    CALL(mq_send(queue, "high", 5, 30000));
    CALL(mq_send(queue, "low too", 8, 1));
    CALL(mq_send(queue, "", 0, 0));
    CALL(mq_send(queue, "full", 5, 2));
    CALL(mq_send(queue, "x", 1, 32768));
    CALL(mq_send(queue, text, 33, 0));
    mq_getattr(queue, &found);
    VALUE(found.mq_curmsgs);
    CALL(mq_receive(queue, text, 31, NULL));
    for (int i = 0; i < 4; i++) {
        memset(text, 0, sizeof text);
        CALL(mq_receive(queue, text, 64, &priority));
        printf("%u %s\n", priority, text);
    }
    mqd_t reader = mq_open(name, O_RDONLY), writer = mq_open(name, O_WRONLY);
    CALL(mq_send(reader, "x", 1, 0));
    CALL(mq_send(writer, "x", 1, 0));
    CALL(mq_receive(writer, text, 64, NULL));
    CALL(mq_receive(reader, text, 64, NULL));
    FACT(fcntl(queue, F_GETFD) == FD_CLOEXEC);
    struct mq_attr set = {.mq_flags = 0};
    CALL(mq_setattr(queue, &set, &found));
    FACT(found.mq_flags & O_NONBLOCK);
    FACT(!(fcntl(queue, F_GETFL) & O_NONBLOCK));
    CALL(mq_unlink(name));
    CALL(mq_unlink(name));
    CALL(mq_send(queue, "still", 6, 0));
    CALL(mq_receive(reader, text, 64, NULL));
    TEXT(text);
    CALL(mq_open(name, O_RDWR));
    CALL(mq_close(queue));
    CALL(mq_send(queue, "x", 1, 0));
    CALL(mq_receive(0, text, 64, NULL));
    return 0;
}
