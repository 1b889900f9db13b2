// Does what its arguments say, one after the other: `read PATH`, `write PATH TEXT`, ... and says how each went.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int failed(void) {
    printf("%s\n", strerror(errno));
    return 0;
}

static int done(int result) {
    return result < 0 ? failed() : printf("done\n");
}

static int read_file(const char *path) {
    char text[4096];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return failed();
    }
    size_t size = fread(text, 1, sizeof text - 1, file);
    int error = ferror(file);
    fclose(file);
    if (error) {
        return failed();
    }
    text[size] = '\0';
    return printf("%s\n", text);
}

static int write_file(const char *path, const char *text, const char *mode) {
    FILE *file = fopen(path, mode);
    if (file == NULL) {
        return failed();
    }
    fputs(text, file);
    return done(fclose(file));
}

static int list(const char *path) {
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    if (count < 0) {
        return failed();
    }
    for (int i = 0; i < count; i++) {
        printf("%s ", entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return printf("\n");
}

static int describe(const char *path) {
    struct stat found;
    if (lstat(path, &found) < 0) {
        return failed();
    }
    const char *kind = S_ISDIR(found.st_mode)   ? "directory"
                       : S_ISLNK(found.st_mode) ? "link"
                       : S_ISREG(found.st_mode) ? "file"
                                                : "other";
    return S_ISDIR(found.st_mode) ? printf("%s\n", kind) : printf("%s of %lld bytes\n", kind, (long long)found.st_size);
}

static int where(void) {
    char path[4096];
    return getcwd(path, sizeof path) == NULL ? failed() : printf("%s\n", path);
}

static int follow(const char *path) {
    char target[4096];
    ssize_t size = readlink(path, target, sizeof target - 1);
    if (size < 0) {
        return failed();
    }
    target[size] = '\0';
    return printf("%s\n", target);
}

int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        const char *what = argv[i];
        if (strcmp(what, "where") == 0) {
            where();
            continue;
        }
        const char *path = ++i < argc ? argv[i] : "";
        if (strcmp(what, "read") == 0) {
            read_file(path);
            continue;
        }
        if (strcmp(what, "list") == 0) {
            list(path);
            continue;
        }
        if (strcmp(what, "describe") == 0) {
            describe(path);
            continue;
        }
        if (strcmp(what, "follow") == 0) {
            follow(path);
            continue;
        }
        if (strcmp(what, "enter") == 0) {
            done(chdir(path));
            continue;
        }
        if (strcmp(what, "mkdir") == 0) {
            done(mkdir(path, 0755));
            continue;
        }
        if (strcmp(what, "remove") == 0) {
            done(remove(path));
            continue;
        }
        const char *second = ++i < argc ? argv[i] : "";
        if (strcmp(what, "write") == 0) {
            write_file(path, second, "w");
        } else if (strcmp(what, "append") == 0) {
            write_file(path, second, "a");
        } else if (strcmp(what, "rename") == 0) {
            done(rename(path, second));
        } else if (strcmp(what, "symlink") == 0) {
            done(symlink(path, second));
        } else if (strcmp(what, "link") == 0) {
            done(link(path, second));
        } else {
            fprintf(stderr, "what is %s?\n", what);
            return 2;
        }
    }
    return 0;
}
