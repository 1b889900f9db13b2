/* execve gives arguments and environment as they are, also empty ones and many.
 * Expected output: Linux on x86-64, as qemu-aarch64 cannot execute without the host's binfmt_misc. */
#include "conformance.h"

TEST(arguments)
{
    if (argc > 1) {
        extern char **environ;
        for (int i = 0; i < argc; i++)
            printf("argument %d: \"%s\"\n", i, argv[i]);
        for (char **e = environ; *e; e++)
            printf("environment: %s\n", *e);
        return 3;
    }
    pid_t pid = fork();
    if (pid == 0) {
        char *arguments[] = {"conformance", argv[0], "", "two words", "\xc3\xa9", NULL};
        char *environment[] = {"A=1", "EMPTY=", "NOEQUALS", NULL};
        CALL(execve(SELF, arguments, environment));
        _exit(9);
    }
    show_end("child", pid);
    return 0;
}
