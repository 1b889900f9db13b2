/* MSG_COPY looks at a message by its position and leaves it.
 * Expected output: Linux on x86-64; qemu-aarch64 does not pass the flag on. */
#include "conformance.h"
#include <sys/msg.h>

#define COPY 040000

TEST(msg_copy)
{
    struct {
        long type;
        char text[64];
    } m = {4, "first"};
    int id = msgget(IPC_PRIVATE, 0600);
    MUST(msgsnd(id, &m, 6, 0));
    m.type = 2;
    strcpy(m.text, "second");
    MUST(msgsnd(id, &m, 7, 0));
    CALL(msgrcv(id, &m, 64, 1, COPY | IPC_NOWAIT));
    VALUE(m.type);
    TEXT(m.text);
    CALL(msgrcv(id, &m, 64, 0, COPY | IPC_NOWAIT));
    TEXT(m.text);
    CALL(msgrcv(id, &m, 64, 2, COPY | IPC_NOWAIT));
    CALL(msgrcv(id, &m, 64, 0, COPY));
    CALL(msgrcv(id, &m, 64, 0, COPY | IPC_NOWAIT | 020000));
    CALL(msgrcv(id, &m, 64, 0, IPC_NOWAIT));
    TEXT(m.text);
    MUST(msgctl(id, IPC_RMID, NULL));
    return 0;
}
