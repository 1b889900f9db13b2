/* A file is mapped from a multiple of the page size only.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(offset_and_alignment)
{
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    MUST(ftruncate(fd, 3 * 4096));
    MUST(pwrite(fd, "second", 6, 4096));
    char *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 4096);
    TEXT(p);
    CALL(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 100) == MAP_FAILED ? -1 : 0);
    CALL(mmap(NULL, 0, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0);
    return 0;
}
