/* Process groups: inherited, set, and what setpgid refuses.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(process_groups)
{
    int gate[2];
    MUST(pipe(gate));
    FACT(getpgid(0) == getpgrp());
    pid_t pid = fork();
    if (pid == 0) {
        char c;
        close(gate[1]);
        MUST(read(gate[0], &c, 1));
        _exit(getpgrp() == getpid() ? 1 : 0);
    }
    FACT(getpgid(pid) == getpgrp());
    CALL(setpgid(pid, pid));
    FACT(getpgid(pid) == pid);
    CALL(setpgid(pid, 1 << 20));
    CALL(setpgid(1 << 20, 0));
    CALL(setpgid(pid, -1));
    CALL(getpgid(1 << 20));
    close(gate[1]);
    show_end("child", pid);
    return 0;
}
