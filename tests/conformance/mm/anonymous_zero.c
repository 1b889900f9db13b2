/* Fresh anonymous memory reads as zero, page by page.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(anonymous_zero)
{
    unsigned char *p = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int sum = 0;
    for (int i = 0; i < 65536; i += 1000)
        sum += p[i];
    VALUE(sum);
    memset(p, 7, 65536);
    CALL(madvise(p, 32768, MADV_DONTNEED));
    VALUE(p[0]);
    VALUE(p[32767]);
    VALUE(p[32768]);
    CALL(munmap(p, 65536));
    return 0;
}
