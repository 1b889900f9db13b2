/* The stack grows by itself as it is used, far beyond what the program began with.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

__attribute__((noinline)) static long deep(int n)
{
    volatile char room[4096];
    room[0] = 1;
    room[4095] = 2;
    long below = n == 0 ? 0 : deep(n - 1);
    return below + room[0] + room[4095];
}
TEST(stack_growth)
{
    VALUE(deep(999));
    return 0;
}
