/* execveat executes an open file.
 * Expected output: Linux on x86-64, as qemu-aarch64 cannot execute without the host's binfmt_misc. */
#include "conformance.h"

TEST(fexecve)
{
    if (argc > 1) {
        printf("executed with %s\n", argv[1]);
        return 0;
    }
    extern char **environ;
    int fd = open(SELF, O_RDONLY | O_CLOEXEC);
    char *arguments[] = {"conformance", argv[0], "a descriptor", NULL};
    CALL(syscall(SYS_execveat, fd, "", arguments, environ, 0));
    CALL(syscall(SYS_execveat, 99, "", arguments, environ, AT_EMPTY_PATH));
    CALL(syscall(SYS_execveat, fd, "", arguments, environ, AT_EMPTY_PATH));
    return 9;
}
