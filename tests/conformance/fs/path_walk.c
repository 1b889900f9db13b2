/* Dots, doubled slashes, trailing slashes, loops and names that are too long.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(path_walk)
{
    char name[300];
    MUST(mkdir("d", 0755));
    MUST(mkdir("d/e", 0755));
    write_file("d/f", "x");
    CALL(access("d//f", F_OK));
    CALL(access("./d/./e/../f", F_OK));
    CALL(access("d/e/", F_OK));
    CALL(access("d/f/", F_OK));
    CALL(access("d/f/..", F_OK));
    CALL(access("d/none/../f", F_OK));
    CALL(access("", F_OK));
    MUST(symlink("b", "a"));
    MUST(symlink("a", "b"));
    CALL(access("a", F_OK));
    MUST(symlink("d/e", "to-e"));
    CALL(access("to-e/../f", F_OK));
    memset(name, 'n', sizeof name);
    name[256] = 0;
    CALL(access(name, F_OK));
    CALL(mkdir(name, 0755));
    name[255] = 0;
    CALL(mkdir(name, 0755));
    CALL(access("/../..", F_OK));
    return 0;
}
