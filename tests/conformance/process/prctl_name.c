/* A thread's name is kept, cut to 15 bytes, and inherited.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/prctl.h>

TEST(prctl_name)
{
    char name[17] = {0};
    CALL(prctl(PR_SET_NAME, "a name that is too long"));
    CALL(prctl(PR_GET_NAME, name));
    TEXT(name);
    pid_t pid = fork();
    if (pid == 0) {
        CALL(prctl(PR_GET_NAME, name));
        TEXT(name);
        _exit(0);
    }
    show_end("child", pid);
    CALL(prctl(123456));
    return 0;
}
