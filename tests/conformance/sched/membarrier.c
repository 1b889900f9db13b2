/* membarrier tells what it can, and does what it was registered for.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(membarrier)
{
    FACT(syscall(SYS_membarrier, 0 /* QUERY */, 0, 0) >= 0);
    CALL(syscall(SYS_membarrier, 1 << 4 /* REGISTER_PRIVATE_EXPEDITED */, 0, 0));
    CALL(syscall(SYS_membarrier, 1 << 3 /* PRIVATE_EXPEDITED */, 0, 0));
    CALL(syscall(SYS_membarrier, 1 << 30, 0, 0));
    return 0;
}
