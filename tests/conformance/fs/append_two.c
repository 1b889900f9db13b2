/* Two descriptors with O_APPEND never overwrite each other.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(append_two)
{
    int a = open("f", O_WRONLY | O_CREAT | O_APPEND, 0600), b = open("f", O_WRONLY | O_APPEND);
    for (int i = 0; i < 3; i++) {
        MUST(write(a, "a", 1));
        MUST(write(b, "b", 1));
    }
    TEXT(read_file("f"));
    CALL(pwrite(a, "X", 1, 0));
    TEXT(read_file("f"));
    return 0;
}
