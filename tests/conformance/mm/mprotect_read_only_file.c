/* A shared mapping of a file that is open for reading cannot be made writable.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(mprotect_read_only_file)
{
    write_file("f", "x");
    int fd = open("f", O_RDONLY);
    char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    CALL(mprotect(p, 4096, PROT_READ | PROT_WRITE));
    p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    CALL(mprotect(p, 4096, PROT_READ | PROT_WRITE));
    return 0;
}
