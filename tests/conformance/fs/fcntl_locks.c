/* Record locks: ranges, conflicts with other processes only, F_GETLK, release at close.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static int lock(int fd, int command, int type, int start, int length)
{
    struct flock l = {.l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    return fcntl(fd, command, &l);
}
TEST(fcntl_locks)
{
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    CALL(lock(fd, F_SETLK, F_WRLCK, 0, 10));
    CALL(lock(fd, F_SETLK, F_RDLCK, 5, 10));
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 6, .l_len = 1};
        CALL(lock(fd, F_SETLK, F_WRLCK, 0, 1));
        CALL(lock(fd, F_SETLK, F_RDLCK, 5, 5));
        CALL(lock(fd, F_SETLK, F_WRLCK, 15, 0));
        CALL(fcntl(fd, F_GETLK, &l));
        FACT(l.l_type == F_RDLCK && l.l_pid == parent);
        VALUE(l.l_start);
        VALUE(l.l_len);
        l.l_start = 100;
        l.l_type = F_WRLCK;
        CALL(fcntl(fd, F_GETLK, &l));
        FACT(l.l_type == F_UNLCK);
        _exit(0);
    }
    show_end("child", pid);
    close(open("f", O_RDONLY));
    pid = fork();
    if (pid == 0) {
        CALL(lock(fd, F_SETLK, F_WRLCK, 0, 0));
        _exit(0);
    }
    show_end("child", pid);
    return 0;
}
