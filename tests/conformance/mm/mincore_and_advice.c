/* madvise knows its advice; mincore wants a mapped range.
 * Expected output: Linux on x86-64, as qemu-aarch64 ignores most advice. */
#include "conformance.h"

TEST(mincore_and_advice)
{
    char *p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char v[3] = {0};
    memset(p, 1, 4096);
    CALL(mincore(p, 3 * 4096, v));
    VALUE(v[0] & 1);
    CALL(mincore(p + 1, 4096, v));
    CALL(madvise(p, 3 * 4096, MADV_WILLNEED));
    CALL(madvise(p, 3 * 4096, MADV_SEQUENTIAL));
    CALL(madvise(p, 3 * 4096, 12345));
    CALL(madvise(p + 1, 4096, MADV_DONTNEED));
    MUST(munmap(p + 4096, 4096));
    CALL(madvise(p, 3 * 4096, MADV_DONTNEED));
    CALL(mincore(p, 3 * 4096, v));
    VALUE(p[0]);
    return 0;
}
