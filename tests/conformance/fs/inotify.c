/* inotify tells of creation, writing, renaming with a cookie, and deletion.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/inotify.h>

static int fd;
static void show(void)
{
    static const struct { unsigned bit; const char *name; } names[] = {
        {IN_ACCESS, "ACCESS"}, {IN_MODIFY, "MODIFY"}, {IN_ATTRIB, "ATTRIB"}, {IN_CLOSE_WRITE, "CLOSE_WRITE"},
        {IN_CLOSE_NOWRITE, "CLOSE_NOWRITE"}, {IN_OPEN, "OPEN"}, {IN_MOVED_FROM, "MOVED_FROM"},
        {IN_MOVED_TO, "MOVED_TO"}, {IN_CREATE, "CREATE"}, {IN_DELETE, "DELETE"}, {IN_DELETE_SELF, "DELETE_SELF"},
        {IN_IGNORED, "IGNORED"}, {IN_ISDIR, "ISDIR"},
    };
    char b[4096] __attribute__((aligned(8)));
    ssize_t got = read(fd, b, sizeof b);
    for (char *at = b; got > 0 && at < b + got;) {
        struct inotify_event *e = (struct inotify_event *)at;
        printf("%s", e->len ? e->name : "-");
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (e->mask & names[i].bit)
                printf(" %s", names[i].name);
        printf("%s\n", e->cookie ? " with a cookie" : "");
        at += sizeof *e + e->len;
    }
}
TEST(inotify)
{
    char b[8];
    MUST(mkdir("d", 0755));
    fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    CALL(inotify_add_watch(fd, "d", IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVE | IN_DELETE));
    CALL(read(fd, b, sizeof b));
    write_file("d/f", "text");
    show();
    rename("d/f", "d/g");
    show();
    mkdir("d/sub", 0755);
    unlink("d/g");
    rmdir("d/sub");
    show();
    CALL(read(fd, b, 4));
    CALL(inotify_rm_watch(fd, 1));
    show();
    CALL(inotify_rm_watch(fd, 1));
    CALL(inotify_add_watch(fd, "none", IN_CREATE));
    return 0;
}
