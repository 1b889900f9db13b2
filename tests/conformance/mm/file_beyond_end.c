/* Touching a page wholly beyond the end of a mapped file is SIGBUS; the rest of the last page is zero.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(file_beyond_end)
{
    write_file("f", "abc");
    int fd = open("f", O_RDWR);
    char *p = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
    VALUE(p[3]);
    pid_t pid = fork();
    if (pid == 0)
        _exit(((volatile char *)p)[4096]);
    show_end("child", pid);
    CALL(ftruncate(fd, 5000));
    VALUE(p[4096]);
    return 0;
}
