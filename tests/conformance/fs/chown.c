/* chown by root, with -1 for what stays; set-id bits go.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(chown)
{
    if (getuid() != 0) {
        printf("needs root\n");
        return 0;
    }
    struct stat st;
    write_file("f", "x");
    chmod("f", 06755);
    CALL(chown("f", 5, 6));
    stat("f", &st);
    printf("%d:%d %o\n", st.st_uid, st.st_gid, st.st_mode & 07777);
    CALL(chown("f", -1, 7));
    MUST(symlink("f", "l"));
    CALL(lchown("l", 8, 8));
    stat("f", &st);
    printf("%d:%d\n", st.st_uid, st.st_gid);
    lstat("l", &st);
    printf("%d:%d\n", st.st_uid, st.st_gid);
    return 0;
}
