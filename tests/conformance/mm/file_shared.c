/* Writes to a shared mapping of a file are seen by read, and writes to the file in the mapping.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(file_shared)
{
    write_file("f", "hello world");
    int fd = open("f", O_RDWR);
    char *p = mmap(NULL, 11, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    p[0] = 'J';
    TEXT(read_file("f"));
    CALL(pwrite(fd, "W", 1, 6));
    VALUE(p[6] == 'W');
    CALL(msync(p, 4096, MS_SYNC));
    CALL(munmap(p, 11));
    TEXT(read_file("f"));
    return 0;
}
