/* Writes to a private mapping of a file do not reach the file.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(file_private)
{
    write_file("f", "hello");
    int fd = open("f", O_RDWR);
    char *p = mmap(NULL, 5, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    VALUE(p[0]);
    VALUE(p[5]);
    p[0] = 'J';
    TEXT(p);
    TEXT(read_file("f"));
    return 0;
}
