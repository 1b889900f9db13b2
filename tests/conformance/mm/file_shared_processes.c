/* Two processes that map one file shared see each other's writes.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(file_shared_processes)
{
    write_file("f", "........");
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open("f", O_RDWR);
        char *p = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        memcpy(p, "child", 5);
        _exit(0);
    }
    int fd = open("f", O_RDWR);
    char *p = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    show_end("child", pid);
    printf("%.8s\n", p);
    return 0;
}
