/* MAP_FIXED replaces what is there, MAP_FIXED_NOREPLACE refuses.
 * Expected output: Linux on x86-64, as qemu-aarch64 7.2 ignores MAP_FIXED_NOREPLACE. */
#include "conformance.h"

TEST(fixed_replaces)
{
    char *p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(p, 'a', 3 * 4096);
    char *q = mmap(p + 4096, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    FACT(q == p + 4096);
    VALUE(p[4095]);
    VALUE(p[4096]);
    VALUE(p[8192]);
    CALL(mmap(p, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED ? -1 : 0);
    MUST(munmap(p, 4096));
    q = mmap(p, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    FACT(q == p);
    return 0;
}
