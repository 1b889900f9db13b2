/* posix_spawn with file actions and attributes.
 * Expected output: Linux on x86-64, as qemu-aarch64 cannot execute without the host's binfmt_misc. */
#include "conformance.h"
#include <spawn.h>

TEST(posix_spawn)
{
    if (argc > 1) {
        printf("to the file\n");
        return 13;
    }
    extern char **environ;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "out", O_WRONLY | O_CREAT, 0644);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    char *arguments[] = {"conformance", argv[0], "again", NULL};
    pid_t pid;
    VALUE(posix_spawn(&pid, SELF, &actions, &attributes, arguments, environ));
    show_end("child", pid);
    TEXT(read_file("out"));
    FACT(posix_spawn(&pid, "none", NULL, NULL, arguments, environ) == ENOENT);
    return 0;
}
