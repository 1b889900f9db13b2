/* After fork, descriptors are the child's own but the file offset is shared.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(fork_descriptors)
{
    write_file("f", "abcdef");
    int fd = open("f", O_RDONLY);
    pid_t pid = fork();
    if (pid == 0) {
        char c;
        MUST(read(fd, &c, 1));
        close(fd);
        _exit(c);
    }
    show_end("child", pid);
    VALUE(lseek(fd, 0, SEEK_CUR));
    char c;
    CALL(read(fd, &c, 1));
    VALUE(c);
    return 0;
}
