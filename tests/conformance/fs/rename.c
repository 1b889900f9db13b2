/* rename replaces files and empty folders, and refuses the rest.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(rename)
{
    write_file("a", "a");
    write_file("b", "b");
    CALL(rename("a", "b"));
    TEXT(read_file("b"));
    CALL(access("a", F_OK));
    MUST(mkdir("d", 0755));
    MUST(mkdir("e", 0755));
    write_file("e/f", "f");
    CALL(rename("d", "e"));
    CALL(rename("e", "d"));
    CALL(access("d/f", F_OK));
    CALL(rename("b", "d"));
    CALL(rename("d", "b"));
    CALL(rename("d", "d/inside"));
    CALL(rename("none", "x"));
    CALL(rename("b", "b"));
    CALL(rename("b", "none/x"));
    MUST(link("b", "c"));
    CALL(rename("b", "c"));
    CALL(access("b", F_OK));
    return 0;
}
