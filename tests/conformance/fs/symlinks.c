/* Symbolic links: contents, length, dangling ones, and which calls follow them.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(symlinks)
{
    struct stat st;
    char b[16];
    CALL(symlink("target", "l"));
    CALL(symlink("other", "l"));
    CALL(symlink("", "m"));
    CALL(readlink("l", b, sizeof b));
    CALL(readlink("l", b, 3));
    CALL(syscall(SYS_readlinkat, AT_FDCWD, "l", b, 0));
    CALL(readlink(".", b, sizeof b));
    CALL(lstat("l", &st));
    VALUE(st.st_size);
    CALL(stat("l", &st));
    write_file("l", "through");
    TEXT(read_file("target"));
    CALL(stat("l", &st));
    VALUE(st.st_size);
    CALL(unlink("l"));
    CALL(access("target", F_OK));
    CALL(symlink("target", "s"));
    CALL(linkat(AT_FDCWD, "s", AT_FDCWD, "hard", 0));
    lstat("hard", &st);
    FACT(S_ISLNK(st.st_mode));
    CALL(linkat(AT_FDCWD, "s", AT_FDCWD, "followed", AT_SYMLINK_FOLLOW));
    lstat("followed", &st);
    FACT(S_ISREG(st.st_mode));
    return 0;
}
