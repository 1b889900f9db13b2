/* A bad address in a call is EFAULT, not a signal.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(bad_pointers)
{
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    char *hole = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(munmap(hole + 4096, 4096));
    CALL(syscall(SYS_write, fd, (void *)16, 5));
    CALL(syscall(SYS_write, fd, hole + 4096, 5));
    CALL(syscall(SYS_write, fd, hole, 4096));
    CALL(lseek(fd, 0, SEEK_SET));
    CALL(syscall(SYS_read, fd, (void *)16, 5));
    CALL(syscall(SYS_pipe2, (void *)16, 0));
    CALL(syscall(SYS_fstat, fd, (void *)16));
    CALL(syscall(SYS_openat, AT_FDCWD, (void *)16, O_RDONLY));
    CALL(syscall(SYS_getcwd, (void *)16, 4096));
    CALL(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, (void *)16));
    CALL(syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", (void *)16, 100));
    return 0;
}
