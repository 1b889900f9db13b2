/* A shared mapping of a file that is grown shows more of the file.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(mremap_shared_file)
{
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    MUST(ftruncate(fd, 2 * 4096));
    MUST(pwrite(fd, "tail", 4, 4096));
    char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    p = mremap(p, 4096, 8192, MREMAP_MAYMOVE);
    TEXT(p + 4096);
    p[4096] = 'T';
    char b[5] = {0};
    CALL(pread(fd, b, 4, 4096));
    TEXT(b);
    return 0;
}
