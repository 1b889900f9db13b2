/* Root may take any ids; without the privilege only its own.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(credentials)
{
    if (getuid() != 0) {
        printf("needs root\n");
        return 0;
    }
    pid_t pid = fork();
    if (pid == 0) {
        uid_t r, e, s;
        CALL(setresgid(20, 21, 22));
        CALL(setresuid(10, 11, 12));
        MUST(getresuid(&r, &e, &s));
        printf("uids %d %d %d\n", r, e, s);
        MUST(getresgid(&r, &e, &s));
        printf("gids %d %d %d\n", r, e, s);
        CALL(seteuid(12));
        VALUE(geteuid());
        CALL(seteuid(0));
        CALL(setuid(99));
        CALL(setresuid(11, -1, -1));
        VALUE(getuid());
        CALL(setgroups(0, NULL));
        _exit(0);
    }
    show_end("child", pid);
    return 0;
}
