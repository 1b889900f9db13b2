/* The break grows and shrinks by pages; fresh memory is zero.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(brk)
{
    char *start = (char *)syscall(SYS_brk, 0);
    char *page = (char *)(((uintptr_t)start + 4095) & ~4095UL);
    FACT((char *)syscall(SYS_brk, page + 3 * 4096) == page + 3 * 4096);
    page[2 * 4096] = 5;
    FACT((char *)syscall(SYS_brk, page) == page);
    FACT((char *)syscall(SYS_brk, page + 3 * 4096) == page + 3 * 4096);
    VALUE(page[2 * 4096]);
    FACT((char *)syscall(SYS_brk, 1) == page + 3 * 4096);
    return 0;
}
