/* Senders and receivers wait, with a limit if they want, and poll sees when they need not.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <mqueue.h>

static struct timespec after_ms(int ms)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    long long ns = now.tv_nsec + ms * 1000000LL;
    return (struct timespec){now.tv_sec + ns / 1000000000, ns % 1000000000};
}

static void handler(int number)
{
    (void)number;
}

static int events(mqd_t queue)
{
    struct pollfd one = {queue, POLLIN | POLLOUT, 0};
    poll(&one, 1, 0);
    return one.revents;
}

TEST(mq_waits)
{
    char name[64], text[16];
    unsigned priority;
    struct mq_attr attr = {.mq_maxmsg = 1, .mq_msgsize = 16};
    snprintf(name, sizeof name, "/aimc-waits-%d", getpid());
    setvbuf(stdout, NULL, _IONBF, 0);
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT, 0600, &attr);
    MUST(mq_unlink(name));
    FACT(events(queue) == POLLOUT);
    struct timespec limit = after_ms(30);
    long long before = now_ms();
    CALL(mq_timedreceive(queue, text, 16, NULL, &limit));
    FACT(now_ms() - before >= 25);
    limit = (struct timespec){0, 0};
    CALL(mq_timedreceive(queue, text, 16, NULL, &limit));
    limit.tv_nsec = 1000000000;
    CALL(mq_timedreceive(queue, text, 16, NULL, &limit));
    pid_t pid = fork();
    if (pid == 0) {
        sleep_ms(20);
        MUST(mq_send(queue, "to the parent", 14, 7));
        _exit(0);
    }
    CALL(mq_receive(queue, text, 16, &priority));
    TEXT(text);
    VALUE(priority);
    show_end("sender", pid);
    CALL(mq_send(queue, "a", 2, 0));
    FACT(events(queue) == POLLIN);
    limit = after_ms(30);
    CALL(mq_timedsend(queue, "b", 2, 0, &limit));
    /* Who waits to send gets the place of what is taken; the order is that of the calls. */
    int ready[2];
    MUST(pipe(ready));
    for (int i = 0; i < 2; i++) {
        if (fork() == 0) {
            MUST(write(ready[1], "x", 1));
            char own[2] = {'c' + i};
            MUST(mq_send(queue, own, 2, i));
            _exit(0);
        }
        MUST(read(ready[0], text, 1));
        sleep_ms(20);
    }
    for (int i = 0; i < 3; i++) {
        MUST(mq_receive(queue, text, 16, &priority));
        printf("%s %u\n", text, priority);
    }
    while (wait(NULL) > 0)
        ;
    struct sigaction action = {.sa_handler = handler};
    sigaction(SIGALRM, &action, NULL);
    MUST(setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 20000}}, NULL));
    CALL(mq_receive(queue, text, 16, NULL));
    /* poll waits too. */
    pid = fork();
    if (pid == 0) {
        sleep_ms(20);
        MUST(mq_send(queue, "x", 1, 0));
        _exit(0);
    }
    struct pollfd one = {queue, POLLIN, 0};
    CALL(poll(&one, 1, 5000));
    VALUE(one.revents);
    waitpid(pid, NULL, 0);
    return 0;
}
