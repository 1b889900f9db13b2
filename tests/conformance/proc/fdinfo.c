/* /proc/self/fdinfo tells the offset and the flags.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(fdinfo)
{
    write_file("f", "0123456789");
    int fd = open("f", O_RDONLY);
    MUST(lseek(fd, 7, SEEK_SET));
    char path[64];
    long position = -1;
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    CALL(sscanf(read_file(path), "pos: %ld", &position));
    VALUE(position);
    return 0;
}
