/* A memfd is a file without a name: sized, mapped, shared with children, sealed.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(memfd)
{
    int fd = memfd_create("name", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    CALL(ftruncate(fd, 8192));
    char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    pid_t pid = fork();
    if (pid == 0) {
        strcpy(p, "from the child");
        _exit(0);
    }
    show_end("child", pid);
    TEXT(p);
    VALUE(fcntl(fd, F_GET_SEALS));
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
    CALL(ftruncate(fd, 4096));
    CALL(ftruncate(fd, 16384));
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    MUST(munmap(p, 8192));
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    CALL(write(fd, "x", 1));
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
    int plain = memfd_create("plain", 0);
    CALL(fcntl(plain, F_ADD_SEALS, F_SEAL_SHRINK));
    return 0;
}
