/* Shared mounts follow each other, slaves follow without being followed, private ones are left alone.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/mount.h>

/* The optional fields of a mount, with groups numbered in the order in which they are first seen. */
static void show(const char *name)
{
    static int known[16], count;
    char line[1024], path[PATH_MAX];
    FILE *file = fopen("/proc/self/mountinfo", "r");
    MUST(realpath(name, path) ? 0 : -1);
    int found = 0;
    while (fgets(line, sizeof line, file)) {
        char *words[64], *save, root[256] = "";
        int n = 0, at = 0;
        for (char *word = strtok_r(line, " \n", &save); word && n < 64; word = strtok_r(NULL, " \n", &save))
            words[n++] = word;
        if (n < 7 || strcmp(words[4], path) != 0)
            continue;
        found++;
        snprintf(root, sizeof root, "%s", words[3]);
        printf("%s: %s", name, root);
        for (at = 6; strcmp(words[at], "-") != 0; at++) {
            char *colon = strchr(words[at], ':');
            if (!colon) {
                printf(" %s", words[at]);
                continue;
            }
            int group = atoi(colon + 1), index = 0;
            while (index < count && known[index] != group)
                index++;
            if (index == count)
                known[count++] = group;
            printf(" %.*s:%d", (int)(colon - words[at]), words[at], index + 1);
        }
        printf("\n");
    }
    fclose(file);
    if (!found)
        printf("%s: no mount\n", name);
}

static int tmpfs(const char *place)
{
    return mount("none", place, "tmpfs", 0, NULL);
}

static int make(const char *place, unsigned long flags)
{
    return mount(NULL, place, NULL, flags, NULL);
}

TEST(mount_propagation)
{
    /* Where there are mount name spaces, the system's is left alone. */
    if (unshare(CLONE_NEWNS) == 0)
        MUST(make("/", MS_REC | MS_PRIVATE));
    MUST(mkdir("a", 0755));
    MUST(mkdir("b", 0755));
    MUST(mkdir("c", 0755));
    MUST(mkdir("d", 0755));
    CALL(make("a", MS_SHARED));
    MUST(tmpfs("a"));
    show("a");
    CALL(make("a", MS_SHARED | MS_PRIVATE));
    CALL(make("a", MS_SHARED | MS_RDONLY));
    CALL(make("a", MS_SHARED));
    show("a");
    MUST(mkdir("a/sub", 0755));
    MUST(mkdir("a/sub/deep", 0755));
    MUST(mkdir("a/other", 0755));
    CALL(mount("a", "b", NULL, MS_BIND, NULL));
    CALL(mount("a", "c", NULL, MS_BIND, NULL));
    CALL(mount("a/sub", "d", NULL, MS_BIND, NULL));
    CALL(make("c", MS_SLAVE));
    show("b");
    show("c");
    show("d");
    /* From a peer to its peers and slaves, where they show the place. */
    CALL(tmpfs("b/sub/deep"));
    write_file("b/sub/deep/file", "x");
    show("a/sub/deep");
    show("b/sub/deep");
    show("c/sub/deep");
    show("d/deep");
    CALL(access("d/deep/file", F_OK));
    CALL(access("c/sub/deep/file", F_OK));
    /* Not from a slave to its master. */
    CALL(tmpfs("c/other"));
    show("a/other");
    show("c/other");
    CALL(umount("a/sub/deep"));
    show("b/sub/deep");
    show("c/sub/deep");
    show("d/deep");
    /* A slave that is shared again has followers of its own. */
    CALL(make("c", MS_SHARED));
    show("c");
    CALL(make("b", MS_PRIVATE));
    show("b");
    CALL(tmpfs("a/other"));
    show("b/other");
    CALL(make("b", MS_UNBINDABLE));
    show("b");
    MUST(mkdir("e", 0755));
    CALL(mount("b", "e", NULL, MS_BIND, NULL));
    CALL(make("d", MS_PRIVATE));
    CALL(make("a", MS_SLAVE));
    show("a");
    umount2("a/other", MNT_DETACH);
    umount2("c/other", MNT_DETACH);
    umount2("c/other", MNT_DETACH);
    CALL(umount("d"));
    CALL(umount("c"));
    CALL(umount("b"));
    CALL(umount("a"));
    return 0;
}
