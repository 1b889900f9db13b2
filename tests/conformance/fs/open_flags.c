/* O_CREAT, O_EXCL, O_TRUNC, O_APPEND and the access modes.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(open_flags)
{
    int fd;
    char b[16] = {0};
    CALL(open("f", O_RDWR));
    OK(fd = open("f", O_RDWR | O_CREAT | O_EXCL, 0640));
    CALL(open("f", O_RDWR | O_CREAT | O_EXCL, 0640));
    CALL(write(fd, "hello", 5));
    close(fd);
    OK(fd = open("f", O_WRONLY | O_APPEND));
    CALL(lseek(fd, 0, SEEK_SET));
    CALL(write(fd, "!", 1));
    CALL(read(fd, b, 1));
    close(fd);
    TEXT(read_file("f"));
    OK(fd = open("f", O_RDONLY));
    CALL(write(fd, "x", 1));
    close(fd);
    OK(fd = open("f", O_RDWR | O_TRUNC));
    VALUE(lseek(fd, 0, SEEK_END));
    struct stat st;
    fstat(fd, &st);
    VALUE(st.st_mode & 07777);
    return 0;
}
