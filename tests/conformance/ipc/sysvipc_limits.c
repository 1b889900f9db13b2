/* Limits that are written to /proc/sys/kernel hold.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/msg.h>
#include <sys/shm.h>

TEST(sysvipc_limits)
{
    char before[64];
    strcpy(before, read_file("/proc/sys/kernel/msgmax"));
    struct {
        long type;
        char text[200];
    } m = {1};
    int id = msgget(IPC_PRIVATE, 0600);
    CALL(msgsnd(id, &m, 101, 0));
    write_file("/proc/sys/kernel/msgmax", "100");
    TEXT(read_file("/proc/sys/kernel/msgmax"));
    CALL(msgsnd(id, &m, 100, 0));
    CALL(msgsnd(id, &m, 101, 0));
    int fd = open("/proc/sys/kernel/msgmax", O_WRONLY);
    CALL(write(fd, "-1", 2));
    CALL(write(fd, "x", 1));
    write_file("/proc/sys/kernel/msgmax", before);
    MUST(msgctl(id, IPC_RMID, NULL));
    return 0;
}
