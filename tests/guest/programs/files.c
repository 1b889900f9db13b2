/* Calls on files and memory in one fixed order, each printed with its result and error: compared with Linux. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define P(x)                                                                      \
    do {                                                                          \
        errno = 0;                                                                \
        long r = (long)(x);                                                       \
        printf("%s = %ld %s\n", #x, r < 0 ? -1 : r, r < 0 ? strerror(errno) : ""); \
    } while (0)

int main(void)
{
    char b[4096] = {0};
    struct stat st;
    int fd;

    umask(022);
    P(mkdir("d", 0755));
    P(mkdir("d", 0755));
    P(fd = open("d/f", O_RDWR | O_CREAT | O_EXCL, 0644));
    P(write(fd, "hello", 5));
    P(lseek(fd, 0, SEEK_SET));
    P(read(fd, b, 64));
    P(lseek(fd, -1, SEEK_SET));
    P(lseek(fd, 100, SEEK_END));
    P(lseek(fd, 0, SEEK_DATA));
    P(lseek(fd, 0, SEEK_HOLE));
    P(lseek(fd, 9, SEEK_DATA));
    P(ftruncate(fd, -1));
    P(ftruncate(fd, 9));
    P(fstat(fd, &st));
    P(st.st_size);
    P(st.st_mode);
    P(link("d/f", "d/g"));
    P(symlink("f", "d/s"));
    P(readlink("d/s", b, 64));
    P(readlink("d/f", b, 64));
    P(open("d/s", O_NOFOLLOW));
    P(open("d/f/x", 0));
    P(open("d/f/", 0));
    P(open("d", O_WRONLY));
    P(open("d", O_CREAT | O_RDWR, 0600));
    P(open("nope/", O_CREAT | O_RDWR, 0600));
    P(open("", 0));
    P(rename("d/f", "d/f2"));
    P(rename("d/none", "d/x"));
    P(rename("d", "d/sub"));
    P(rename("d/g", "d/f2"));
    P(rmdir("d"));
    P(unlink("d"));
    P(rmdir("d/f2"));
    P(unlink("d/."));
    P(rmdir("d/."));
    P(rmdir("d/.."));
    P(mkdir("", 0));
    P(mkdir("/", 0));
    P(mkdir("d/s", 0));
    P(mkdir("d/new/", 0700));
    P(rmdir("d/new/"));
    P(symlink("loop", "loop"));
    P(open("loop", 0));
    P(stat("loop", &st));
    P(lstat("loop", &st));
    P(unlink("loop"));
    P(symlink("", "e"));
    P(symlink("target", "dang"));
    P(open("dang", O_CREAT | O_EXCL | O_RDWR, 0600));
    P(open("dang/", O_CREAT | O_RDWR, 0600));
    P(fd = open("dang", O_CREAT | O_RDWR, 0600));
    P(unlink("target"));
    P(unlink("dang"));
    P(access("d", R_OK | W_OK | X_OK));
    P(access("d/f2", X_OK));
    P(access("zz", F_OK));
    P(chdir("d/f2"));
    P(chdir("d"));
    P(getcwd(b, sizeof b) ? strcmp(strrchr(b, '/'), "/d") : -1);
    P(chdir(".."));
    P(dup2(1, 1));
    P(dup2(99, 1));
    P(dup3(1, 1, 0));
    P(close(77));
    P(fcntl(fd, F_GETFL) & O_ACCMODE);
    P(fcntl(fd, F_GETFD));
    P(fcntl(fd, F_DUPFD, -1));
    P(fcntl(fd, 12345));
    P(pread(fd, b, 4, -1));
    P(pwrite(fd, "ab", 2, 3));
    P(readv(fd, 0, -1));
    P(write(fd, (void*)8, 3));
    P(read(fd, (void*)8, 3));
    P(read(0, b, 0));
    P(unlink("d/s"));
    P(unlink("d/f2"));
    P(unlink("d/g"));
    P(truncate("d", 3));
    P(rmdir("d"));
    P(unlinkat(AT_FDCWD, "d", 0x1234));
    P(mmap(0, 0, 3, 34, -1, 0) == MAP_FAILED ? -1 : 0);
    P(mmap(0, 4096, 3, MAP_PRIVATE, 99, 0) == MAP_FAILED ? -1 : 0);
    P(mmap(0, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 1) == MAP_FAILED ? -1 : 0);
    P(munmap((void*)1, 4096));
    P(munmap((void*)4096, 0));
    P(mprotect((void*)0x10000000000, 4096, 1));
    P(mremap((void*)0x10000000000, 4096, 8192, 1) == MAP_FAILED ? -1 : 0);
    P(isatty(1));
    P(syscall(SYS_getdents64, fd, b, 64));
    P(fchdir(fd));
    P(chmod("q", 0));
    P(utimensat(AT_FDCWD, "q", 0, 0));
    P(umask(0));
    P(sysconf(_SC_NPROCESSORS_ONLN) > 0);
    return 0;
}
