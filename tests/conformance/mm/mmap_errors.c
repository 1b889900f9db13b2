/* What mmap refuses.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(mmap_errors)
{
    int fd = open("f", O_WRONLY | O_CREAT, 0600), ro = open("f", O_RDONLY), d = open(".", O_RDONLY);
    MUST(ftruncate(fd, 4096));
    CALL(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED ? -1 : 0);
    CALL(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0);
    CALL(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ro, 0) == MAP_FAILED ? -1 : 0);
    CALL(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, ro, 0) == MAP_FAILED ? -1 : 0);
    CALL(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, d, 0) == MAP_FAILED ? -1 : 0);
    CALL(mmap(NULL, 4096, PROT_READ, 0, ro, 0) == MAP_FAILED ? -1 : 0);
    CALL(mmap(NULL, 4096, PROT_READ, MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
    CALL(mmap((void *)1, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED ? -1 : 0);
    return 0;
}
