/* What has lost its name is shown with the old one and " (deleted)": open files, the current folder, mapped files.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static void show(const char *what, const char *path)
{
    char link[PATH_MAX] = {0};
    ssize_t n = readlink(path, link, sizeof link - 1);
    link[n > 0 ? n : 0] = 0;
    printf("%s: %s\n", what, strrchr(link, '/') ? strrchr(link, '/') : link);
}

TEST(deleted_names)
{
    char path[64], line[PATH_MAX + 200];
    write_file("f", "content");
    int fd = open("f", O_RDONLY);
    OK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    write_file("g", "other");
    CALL(rename("g", "f"));
    show("replaced", path);
    CALL(unlink("f"));
    show("and the new one removed", path);
    write_file("f", "again");
    show("and a new file made", path);
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps))
        if (strstr(line, "/f (deleted)"))
            printf("mapped: %s", strrchr(line, '/'));
    fclose(maps);
    /* Another name does not help: it is the one it was opened by that is gone. */
    int other = open("f", O_RDONLY);
    MUST(link("f", "h"));
    MUST(unlink("f"));
    snprintf(path, sizeof path, "/proc/self/fd/%d", other);
    show("with another name", path);
    OK(open(path, O_RDONLY));
    MUST(mkdir("folder", 0755));
    MUST(chdir("folder"));
    show("folder", "/proc/self/cwd");
    MUST(rmdir("../folder"));
    show("folder removed", "/proc/self/cwd");
    OK(getcwd(path, sizeof path) ? 0 : -1);
    return 0;
}
