/* Who may read, write, search and delete, once root's privilege is given up.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(permissions)
{
    if (getuid() != 0) {
        printf("needs root\n");
        return 0;
    }
    MUST(chmod(".", 0777));
    MUST(mkdir("closed", 0700));
    write_file("closed/f", "x");
    write_file("secret", "x");
    chmod("secret", 0600);
    write_file("readable", "x");
    MUST(mkdir("sticky", 0777));
    chmod("sticky", 01777);
    write_file("sticky/f", "x");
    pid_t pid = fork();
    if (pid == 0) {
        MUST(setresgid(1000, 1000, 1000));
        MUST(setresuid(1000, 1000, 1000));
        CALL(open("secret", O_RDONLY));
        CALL(open("closed/f", O_RDONLY));
        CALL(open("readable", O_WRONLY));
        CALL(access("readable", R_OK));
        CALL(access("readable", W_OK));
        CALL(chmod("readable", 0777));
        CALL(unlink("sticky/f"));
        CALL(unlink("secret"));
        OK(open("mine", O_CREAT | O_RDWR, 0600));
        struct stat st;
        stat("mine", &st);
        VALUE(st.st_uid);
        VALUE(st.st_gid);
        CALL(chown("mine", 0, 0));
        CALL(truncate("readable", 0));
        CALL(mkdir("closed/x", 0700));
        _exit(0);
    }
    show_end("child", pid);
    return 0;
}
