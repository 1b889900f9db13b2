/* Hard links share an inode; the file lives until the last name and descriptor are gone.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(links)
{
    struct stat st;
    char b[8] = {0};
    write_file("a", "text");
    CALL(link("a", "b"));
    CALL(link("a", "b"));
    stat("a", &st);
    VALUE(st.st_nlink);
    int fd = open("b", O_RDONLY);
    CALL(unlink("a"));
    CALL(unlink("b"));
    fstat(fd, &st);
    VALUE(st.st_nlink);
    CALL(read(fd, b, 8));
    TEXT(b);
    CALL(unlink("b"));
    MUST(mkdir("d", 0755));
    CALL(link("d", "e"));
    CALL(link("none", "e"));
    CALL(unlink("d"));
    return 0;
}
