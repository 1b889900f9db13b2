/* What kill refuses.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(kill_errors)
{
    CALL(kill(getpid(), 0));
    CALL(kill(getpid(), 65));
    CALL(kill(getpid(), -1));
    CALL(kill(1 << 22, SIGTERM));
    CALL(kill(-(1 << 22), SIGTERM));
    CALL(syscall(SYS_tgkill, -1, getpid(), 0));
    CALL(syscall(SYS_tkill, 0, 0));
    CALL(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, NULL));
    return 0;
}
