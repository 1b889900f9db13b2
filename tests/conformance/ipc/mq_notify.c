/* mq_notify tells one process of one message that comes into an empty queue nobody waits at.
 * Expected output: Linux on x86-64; qemu-aarch64 lacks mq_notify. */
#include "conformance.h"
#include <mqueue.h>

static volatile sig_atomic_t seen;
static siginfo_t last;

static void handler(int number, siginfo_t *info, void *context)
{
    (void)context;
    seen = number;
    last = *info;
}

TEST(mq_notify)
{
    char name[64], text[16];
    struct mq_attr attr = {.mq_maxmsg = 4, .mq_msgsize = 16};
    snprintf(name, sizeof name, "/aimc-notify-%d", getpid());
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT, 0600, &attr);
    MUST(mq_unlink(name));
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &action, NULL);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 77};
    CALL(mq_notify(queue, &event));
    CALL(mq_notify(queue, &event));
    CALL(mq_send(queue, "one", 4, 0));
    FACT(seen == SIGUSR1);
    FACT(last.si_code == SI_MESGQ);
    FACT(last.si_pid == getpid() && last.si_uid == getuid());
    VALUE(last.si_value.sival_int);
    seen = 0;
    CALL(mq_send(queue, "two", 4, 0));
    VALUE(seen);
    /* Not for a queue that is not empty. */
    CALL(mq_notify(queue, &event));
    CALL(mq_send(queue, "three", 6, 0));
    VALUE(seen);
    for (int i = 0; i < 3; i++)
        MUST(mq_receive(queue, text, 16, NULL));
    CALL(mq_send(queue, "four", 5, 0));
    FACT(seen == SIGUSR1);
    MUST(mq_receive(queue, text, 16, NULL));
    seen = 0;
    CALL(mq_notify(queue, &event));
    CALL(mq_notify(queue, NULL));
    CALL(mq_send(queue, "five", 5, 0));
    VALUE(seen);
    MUST(mq_receive(queue, text, 16, NULL));
    pid_t pid = fork();
    if (pid == 0) {
        _exit(mq_notify(queue, &event) ? errno : 0);
    }
    show_end("child", pid);
    /* Its end is the end of its wish. */
    CALL(mq_notify(queue, &event));
    pid = fork();
    if (pid == 0) {
        CALL(mq_notify(queue, &event));
        fflush(stdout);
        MUST(mq_send(queue, "six", 4, 0));
        _exit(0);
    }
    fflush(stdout);
    show_end("child", pid);
    FACT(seen == SIGUSR1);
    FACT(last.si_pid == pid);
    event.sigev_notify = 55;
    CALL(mq_notify(queue, &event));
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = 100;
    CALL(mq_notify(queue, &event));
    event.sigev_notify = SIGEV_NONE;
    CALL(mq_notify(queue, &event));
    event.sigev_signo = SIGUSR1;
    CALL(mq_notify(0, &event));
    return 0;
}
