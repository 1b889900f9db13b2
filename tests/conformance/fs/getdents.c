/* Reading a folder: every name once, kinds, and rewinding.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <dirent.h>

TEST(getdents)
{
    char name[16];
    int files = 0, folders = 0, links = 0, dots = 0;
    MUST(mkdir("d", 0755));
    MUST(mkdir("d/sub", 0755));
    MUST(symlink("x", "d/link"));
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "d/f%d", i);
        write_file(name, "");
    }
    DIR *d = opendir("d");
    struct dirent *e;
    for (int round = 0; round < 2; round++) {
        while ((e = readdir(d)))
            if (e->d_name[0] == '.')
                dots++;
            else if (e->d_type == DT_REG)
                files++;
            else if (e->d_type == DT_DIR)
                folders++;
            else if (e->d_type == DT_LNK)
                links++;
        rewinddir(d);
    }
    VALUE(files);
    VALUE(folders);
    VALUE(links);
    VALUE(dots);
    char b[16];
    int fd = open("d", O_RDONLY), file = open("d/f0", O_RDONLY);
    CALL(syscall(SYS_getdents64, fd, b, sizeof b));
    CALL(syscall(SYS_getdents64, file, b, sizeof b));
    CALL(read(fd, b, 1));
    return 0;
}
