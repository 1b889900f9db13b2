/* Folders: link counts, modes with the mask, and what rmdir refuses.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(mkdir_rmdir)
{
    struct stat st;
    umask(027);
    CALL(mkdir("d", 0777));
    stat("d", &st);
    VALUE(st.st_mode & 07777);
    CALL(mkdir("d", 0777));
    CALL(mkdir("d/a/b", 0777));
    CALL(mkdir("d/a/", 0777));
    CALL(rmdir("d"));
    CALL(rmdir("d/a/."));
    CALL(rmdir("d/a/.."));
    CALL(rmdir("d/a"));
    write_file("d/f", "");
    CALL(rmdir("d/f"));
    CALL(rmdir("none"));
    CALL(unlink("d/f"));
    CALL(chdir("d"));
    CALL(rmdir("../d"));
    CALL(open("x", O_CREAT | O_RDWR, 0600));
    CALL(access("..", F_OK));
    char b[64];
    CALL(getcwd(b, sizeof b) ? 0 : -1);
    return 0;
}
