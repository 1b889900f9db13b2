/* A full queue makes senders wait, an empty one receivers; a message goes to a receiver that wants it.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/msg.h>

struct message {
    long type;
    char text[8192];
};

static void handler(int number)
{
    (void)number;
}

TEST(msg_waits)
{
    static struct message m = {1};
    struct msqid_ds found;
    int id = msgget(IPC_PRIVATE, 0600), sent = 0;
    setvbuf(stdout, NULL, _IONBF, 0);
    while (msgsnd(id, &m, 4000, IPC_NOWAIT) == 0)
        sent++;
    printf("%d sent, then %s\n", sent, errno_name(errno));
    MUST(msgctl(id, IPC_STAT, &found));
    VALUE(found.msg_qnum);
    VALUE(found.msg_qbytes);
    FACT(found.msg_lspid == getpid());
    VALUE(found.msg_lrpid);
    pid_t pid = fork();
    if (pid == 0) {
        m.type = 2;
        strcpy(m.text, "from the child");
        MUST(msgsnd(id, &m, 4000, 0));
        _exit(0);
    }
    sleep_ms(20);
    CALL(msgrcv(id, &m, 8192, 1, 0));
    show_end("sender", pid);
    CALL(msgrcv(id, &m, 8192, 2, 0));
    TEXT(m.text);
    /* A signal ends the wait whatever SA_RESTART says. */
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    MUST(setitimer(ITIMER_REAL, &(struct itimerval){{0, 0}, {0, 20000}}, NULL));
    CALL(msgrcv(id, &m, 8192, 9, 0));
    /* Two receivers: each gets its own. */
    int ends[2];
    MUST(pipe(ends));
    for (int type = 10; type <= 11; type++)
        if (fork() == 0) {
            ssize_t n = msgrcv(id, &m, 8192, type, 0);
            char text[100];
            int length = sprintf(text, "receiver %d: %zd bytes of type %ld\n", type, n, m.type);
            if (type == 11)
                sleep_ms(30);
            MUST(write(1, text, length));
            _exit(0);
        }
    sleep_ms(20);
    m.type = 11;
    MUST(msgsnd(id, &m, 11, 0));
    m.type = 10;
    MUST(msgsnd(id, &m, 10, 0));
    while (wait(NULL) > 0)
        ;
    /* Too small for a message that comes while it waits. */
    pid = fork();
    if (pid == 0) {
        CALL(msgrcv(id, &m, 4, 20, 0));
        _exit(0);
    }
    sleep_ms(20);
    m.type = 20;
    MUST(msgsnd(id, &m, 5, 0));
    show_end("small receiver", pid);
    pid = fork();
    if (pid == 0) {
        CALL(msgrcv(id, &m, 8192, 30, 0));
        _exit(0);
    }
    sleep_ms(20);
    MUST(msgctl(id, IPC_RMID, NULL));
    show_end("receiver", pid);
    return 0;
}
