/* /proc/PID/environ is the environment that execve was given.
 * Expected output: Linux on x86-64, as qemu-aarch64 cannot execute without the host's binfmt_misc. */
#include "conformance.h"

TEST(environ)
{
    if (argc > 1) {
        const char *text = read_file("/proc/self/environ");
        TEXT(text);
        TEXT(text + strlen(text) + 1);
        setenv("LATER", "not seen", 1);
        TEXT(read_file("/proc/self/environ"));
        return 0;
    }
    char *arguments[] = {"conformance", argv[0], "again", NULL}, *environment[] = {"FIRST=1", "SECOND=two", NULL};
    CALL(execve(SELF, arguments, environment));
    return 9;
}
