/* Sizes of queues, and how much memory a user's queues may take.
 * Expected output: Linux on x86-64; qemu-aarch64 gives EINVAL for a bad name. */
#include "conformance.h"
#include <mqueue.h>

static char name[64];

static void make(long maxmsg, long msgsize)
{
    struct mq_attr attr = {.mq_maxmsg = maxmsg, .mq_msgsize = msgsize};
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
    if (queue < 0)
        printf("%ld messages of %ld: %s\n", maxmsg, msgsize, errno_name(errno));
    else {
        printf("%ld messages of %ld: made\n", maxmsg, msgsize);
        mq_close(queue);
        mq_unlink(name);
    }
}

TEST(mq_limits)
{
    snprintf(name, sizeof name, "/aimc-limits-%d", getpid());
    make(0, 10);
    make(10, 0);
    make(-1, 10);
    make(65537, 1);
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT, 0644, NULL);
    struct mq_attr attr;
    mq_getattr(queue, &attr);
    printf("by default %ld of %ld\n", attr.mq_maxmsg, attr.mq_msgsize);
    mq_close(queue);
    mq_unlink(name);
    pid_t pid = fork();
    if (pid == 0) {
        MUST(setgid(23456));
        MUST(setuid(23456));
        make(10, 8192);
        make(11, 16);
        make(1, 8193);
        struct rlimit limit = {10 * (100 + 96), 10 * (100 + 96)};
        MUST(setrlimit(RLIMIT_MSGQUEUE, &limit));
        make(10, 100);
        make(10, 101);
        struct mq_attr half = {.mq_maxmsg = 5, .mq_msgsize = 100};
        FACT(mq_open("/aimc-limits-other", O_RDWR | O_CREAT, 0600, &half) >= 0);
        make(6, 100);
        make(5, 100);
        mq_unlink("/aimc-limits-other");
        make(6, 100);
        fflush(stdout);
        _exit(0);
    }
    show_end("child", pid);
    CALL(mq_open("/", O_RDWR | O_CREAT, 0600, NULL));
    CALL(mq_open("/a/b", O_RDWR | O_CREAT, 0600, NULL));
    CALL(syscall(SYS_mq_open, "a/b", O_RDWR | O_CREAT, 0600, NULL));
    CALL(syscall(SYS_mq_open, "", O_RDWR | O_CREAT, 0600, NULL));
    return 0;
}
