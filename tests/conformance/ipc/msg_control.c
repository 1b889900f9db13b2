/* msgctl changes owner, permissions and size; keys find queues.
 * Expected output: Linux on x86-64; qemu-aarch64 takes the last receiver for the last sender. */
#include "conformance.h"
#include <sys/msg.h>

TEST(msg_control)
{
    struct msqid_ds found;
    key_t key = 0x5d000000 + getpid();
    CALL(msgget(key, 0));
    int id = msgget(key, IPC_CREAT | IPC_EXCL | 0640);
    OK(id);
    CALL(msgget(key, IPC_CREAT | IPC_EXCL | 0600));
    FACT(msgget(key, IPC_CREAT) == id);
    CALL(msgctl(id, IPC_STAT, &found));
    VALUE(found.msg_perm.mode);
    VALUE(found.msg_stime);
    VALUE(found.msg_rtime);
    found.msg_perm.mode = 0604;
    found.msg_qbytes = 100;
    CALL(msgctl(id, IPC_SET, &found));
    CALL(msgctl(id, IPC_STAT, &found));
    VALUE(found.msg_perm.mode);
    VALUE(found.msg_qbytes);
    struct {
        long type;
        char text[101];
    } m = {1};
    CALL(msgsnd(id, &m, 100, IPC_NOWAIT));
    CALL(msgsnd(id, &m, 1, IPC_NOWAIT));
    CALL(msgsnd(id, &m, 0, IPC_NOWAIT));
    CALL(msgrcv(id, &m, 101, 0, 0));
    CALL(msgctl(id, IPC_STAT, &found));
    FACT(found.msg_stime > 0 && found.msg_rtime > 0);
    FACT(found.msg_lrpid == getpid());
    VALUE(found.msg_qnum);
    CALL(msgctl(id, IPC_RMID, NULL));
    CALL(msgget(key, 0));
    int other = msgget(key, IPC_CREAT | 0600);
    FACT(other != id);
    CALL(msgctl(other, IPC_RMID, NULL));
    CALL(msgctl(id, 99, NULL));
    return 0;
}
