/* A FIFO joins an opening reader with an opening writer.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(fifo)
{
    char b[8] = {0};
    CALL(mkfifo("p", 0600));
    CALL(mkfifo("p", 0600));
    CALL(open("p", O_WRONLY | O_NONBLOCK));
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open("p", O_WRONLY);
        MUST(write(fd, "fifo", 4));
        _exit(0);
    }
    int fd = open("p", O_RDONLY);
    CALL(read(fd, b, 8));
    TEXT(b);
    show_end("child", pid);
    CALL(read(fd, b, 8));
    close(fd);
    OK(fd = open("p", O_RDONLY | O_NONBLOCK));
    CALL(read(fd, b, 8));
    return 0;
}
