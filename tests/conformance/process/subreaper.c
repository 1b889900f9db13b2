/* A subreaper becomes the parent of orphans below it.
 * Expected output: Linux on x86-64, as qemu-aarch64 does not know PR_SET_CHILD_SUBREAPER. */
#include "conformance.h"
#include <sys/prctl.h>

TEST(subreaper)
{
    int on = 0;
    CALL(prctl(PR_SET_CHILD_SUBREAPER, 1));
    CALL(prctl(PR_GET_CHILD_SUBREAPER, &on));
    VALUE(on);
    pid_t me = getpid(), pid = fork();
    if (pid == 0) {
        if (fork() == 0) {
            while (getppid() != me)
                sleep_ms(1);
            _exit(9);
        }
        _exit(0);
    }
    show_end("middle", pid);
    int status;
    MUST(wait(&status));
    show_status("orphan", status);
    return 0;
}
