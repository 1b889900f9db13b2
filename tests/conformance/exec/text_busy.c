/* A file that is open for writing cannot be executed, and arguments have a limit.
 * Expected output: Linux on x86-64, as qemu-aarch64 cannot execute without the host's binfmt_misc. */
#include "conformance.h"

TEST(text_busy)
{
    if (argc > 1)
        return 0;
    int from = open(SELF, O_RDONLY), to = open("copy", O_WRONLY | O_CREAT, 0755);
    static char block[65536];
    ssize_t got;
    while ((got = read(from, block, sizeof block)) > 0)
        MUST(write(to, block, got));
    char *arguments[] = {"conformance", argv[0], "again", NULL};
    CALL(execv("copy", arguments));
    close(to);
    static char large[200000];
    memset(large, 'x', sizeof large - 1);
    char *many[] = {"conformance", argv[0], large, NULL};
    CALL(execv("copy", many));
    CALL(execv("copy", arguments));
    return 9;
}
