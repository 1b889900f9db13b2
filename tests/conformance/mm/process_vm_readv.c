/* One process reads and writes another's memory.
 * Expected output: Linux on x86-64, as qemu-aarch64 cannot name another process's memory. */
#include "conformance.h"

TEST(process_vm_readv)
{
    static char text[16] = "parent";
    int ready[2], done[2];
    MUST(pipe(ready));
    MUST(pipe(done));
    pid_t pid = fork();
    if (pid == 0) {
        char c;
        strcpy(text, "child");
        MUST(write(ready[1], "x", 1));
        MUST(read(done[0], &c, 1));
        TEXT(text);
        _exit(0);
    }
    char c, b[16] = {0};
    MUST(read(ready[0], &c, 1));
    struct iovec mine = {b, 16}, theirs = {text, 16};
    CALL(process_vm_readv(pid, &mine, 1, &theirs, 1, 0));
    TEXT(b);
    strcpy(b, "poked");
    CALL(process_vm_writev(pid, &mine, 1, &theirs, 1, 0));
    struct iovec bad = {(void *)16, 16};
    CALL(process_vm_readv(pid, &mine, 1, &bad, 1, 0));
    MUST(write(done[1], "x", 1));
    show_end("child", pid);
    return 0;
}
