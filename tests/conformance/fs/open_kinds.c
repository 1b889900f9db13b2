/* O_DIRECTORY, O_NOFOLLOW and O_PATH.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(open_kinds)
{
    int fd;
    char b[16];
    write_file("f", "x");
    MUST(symlink("f", "l"));
    MUST(mkdir("d", 0755));
    CALL(open("f", O_RDONLY | O_DIRECTORY));
    CALL(open("l", O_RDONLY | O_NOFOLLOW));
    CALL(open("d", O_WRONLY));
    CALL(open("f/", O_RDONLY));
    CALL(open("d", O_RDONLY | O_CREAT, 0600));
    OK(fd = open("f", O_PATH));
    CALL(read(fd, b, 1));
    CALL(syscall(SYS_fchmod, fd, 0600));
    CALL(fcntl(fd, F_GETFD));
    struct stat st;
    CALL(fstat(fd, &st));
    OK(fd = open("l", O_PATH | O_NOFOLLOW));
    CALL(fstat(fd, &st));
    FACT(S_ISLNK(st.st_mode));
    CALL(readlinkat(fd, "", b, sizeof b));
    return 0;
}
