/* truncate shortens and lengthens; what is added is zero.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(truncate)
{
    struct stat st;
    char c = 9;
    write_file("f", "hello");
    CALL(truncate("f", 2));
    TEXT(read_file("f"));
    CALL(truncate("f", 10));
    int fd = open("f", O_RDWR), ro = open("f", O_RDONLY);
    CALL(pread(fd, &c, 1, 7));
    VALUE(c);
    fstat(fd, &st);
    VALUE(st.st_size);
    CALL(ftruncate(fd, -1));
    CALL(ftruncate(ro, 1));
    CALL(truncate(".", 1));
    CALL(truncate("none", 1));
    return 0;
}
