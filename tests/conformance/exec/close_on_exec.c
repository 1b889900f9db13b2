/* Descriptors with FD_CLOEXEC are closed, the others stay with their offset.
 * Expected output: Linux on x86-64, as qemu-aarch64 cannot execute without the host's binfmt_misc. */
#include "conformance.h"

TEST(close_on_exec)
{
    if (argc > 1) {
        char c;
        CALL(fcntl(10, F_GETFD));
        CALL(fcntl(11, F_GETFD));
        CALL(read(10, &c, 1));
        VALUE(c);
        return 0;
    }
    write_file("f", "abc");
    int fd = open("f", O_RDONLY);
    char c;
    MUST(dup2(fd, 10));
    MUST(dup3(fd, 11, O_CLOEXEC));
    MUST(read(fd, &c, 1));
    VALUE(fcntl(11, F_GETFD));
    char *arguments[] = {"conformance", argv[0], "again", NULL};
    CALL(execv(SELF, arguments));
    return 9;
}
