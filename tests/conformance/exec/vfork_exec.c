/* vfork's parent goes on when the child executes, before it ends.
 * Expected output: Linux on x86-64, as qemu-aarch64 cannot execute without the host's binfmt_misc. */
#include "conformance.h"

TEST(vfork_exec)
{
    static int gate[2];
    if (argc > 1) {
        char c;
        MUST(read(10, &c, 1));
        return 17;
    }
    MUST(pipe(gate));
    pid_t pid = vfork();
    if (pid == 0) {
        char *arguments[] = {"conformance", argv[0], "again", NULL};
        dup2(gate[0], 10);
        execv(SELF, arguments);
        _exit(9);
    }
    printf("the parent goes on\n");
    MUST(write(gate[1], "x", 1));
    show_end("child", pid);
    return 0;
}
