/* F_SETLKW waits for the lock, and refuses a deadlock.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static int lock(int fd, int command, int type, int start)
{
    struct flock l = {.l_type = (short)type, .l_whence = SEEK_SET, .l_start = start, .l_len = 1};
    return fcntl(fd, command, &l);
}
TEST(lock_waits)
{
    int fd = open("f", O_RDWR | O_CREAT, 0600), gate[2];
    char c;
    MUST(pipe(gate));
    MUST(lock(fd, F_SETLK, F_WRLCK, 0));
    pid_t pid = fork();
    if (pid == 0) {
        MUST(lock(fd, F_SETLK, F_WRLCK, 1));
        MUST(write(gate[1], "x", 1));
        MUST(lock(fd, F_SETLKW, F_WRLCK, 0));
        _exit(1);
    }
    MUST(read(gate[0], &c, 1));
    sleep_ms(20);
    CALL(lock(fd, F_SETLKW, F_WRLCK, 1));
    MUST(lock(fd, F_SETLK, F_UNLCK, 0));
    show_end("child", pid);
    CALL(lock(fd, F_SETLKW, F_WRLCK, 1));
    return 0;
}
