/* Resource usage of children is added when they are waited for.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(rusage)
{
    struct rusage usage;
    CALL(getrusage(RUSAGE_SELF, &usage));
    FACT(usage.ru_maxrss > 0);
    CALL(getrusage(RUSAGE_CHILDREN, &usage));
    VALUE(usage.ru_maxrss);
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    int status;
    FACT(wait4(pid, &status, 0, &usage) == pid);
    FACT(usage.ru_maxrss > 0);
    CALL(getrusage(12345, &usage));
    return 0;
}
