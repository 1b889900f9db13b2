/* Messages are chosen by type; what does not fit is refused or cut.
 * Expected output: Linux on x86-64; qemu-aarch64 aborts at a size above msgmax. */
#include "conformance.h"
#include <sys/msg.h>

struct message {
    long type;
    char text[64];
};
static int id;

static void sent(long type, const char *text)
{
    struct message m = {type};
    strcpy(m.text, text);
    MUST(msgsnd(id, &m, strlen(text), 0));
}

static void received(size_t size, long type, int flags)
{
    struct message m = {0};
    ssize_t n = msgrcv(id, &m, size, type, flags | IPC_NOWAIT);
    if (n < 0)
        printf("type %ld: %s\n", type, errno_name(errno));
    else
        printf("type %ld: %zd bytes, type %ld, %s\n", type, n, m.type, m.text);
}

TEST(msg_types)
{
    id = msgget(IPC_PRIVATE, 0600);
    OK(id);
    sent(3, "three");
    sent(1, "one");
    sent(2, "two");
    sent(1, "one again");
    sent(5, "five");
    received(64, 2, 0);
    received(64, 2, 0);
    received(64, -3, 0);
    received(64, 1, 020000 /* MSG_EXCEPT */);
    received(3, 0, 0);
    received(3, 0, MSG_NOERROR);
    received(64, -4, 0);
    received(0, 5, MSG_NOERROR);
    received(64, 0, 0);
    sent(7, "");
    received(64, 7, 0);
    struct message m = {0};
    CALL(msgsnd(id, &m, 1, 0));
    m.type = -1;
    CALL(msgsnd(id, &m, 1, 0));
    m.type = 1;
    CALL(msgsnd(id, &m, -1, 0));
    CALL(msgsnd(id, &m, 8193, 0));
    CALL(msgrcv(id, &m, -1, 0, IPC_NOWAIT));
    CALL(msgsnd(id, (void *)8, 1, 0));
    sent(1, "x");
    CALL(msgrcv(id, (void *)8, 64, 0, IPC_NOWAIT));
    CALL(msgctl(id, IPC_RMID, NULL));
    CALL(msgsnd(id, &m, 1, 0));
    return 0;
}
