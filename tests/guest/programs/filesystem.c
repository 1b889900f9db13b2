/* Names, permissions, locks, watches and sparse files in one fixed order, each printed with its result and error:
 * compared with Linux. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef RENAME_NOREPLACE /* not in every C library */
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#endif

#define P(x)                                                                      \
    do {                                                                          \
        errno = 0;                                                                \
        long r = (long)(x);                                                       \
        printf("%s = %ld %s\n", #x, r < 0 ? -1 : r, r < 0 ? strerror(errno) : ""); \
    } while (0)

static int show(int queue)
{
    char b[4096];
    long n = read(queue, b, sizeof b);
    for (char *p = b; p < b + n;) {
        struct inotify_event *e = (struct inotify_event *)p;
        printf("  event wd %d mask %x cookie %d name %s\n", e->wd, e->mask, e->cookie != 0, e->len ? e->name : "-");
        p += sizeof *e + e->len;
    }
    return n > 0;
}

static int exchange(const char *a, const char *b, int flags)
{
    return syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, flags);
}

int main(void)
{
    char b[256];
    struct stat st;
    int fd, other, queue;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 5, .l_len = 10};

    umask(022);
    P(queue = inotify_init1(IN_NONBLOCK));
    P(inotify_add_watch(queue, ".", IN_ALL_EVENTS & ~(IN_ACCESS | IN_CLOSE)));
    P(fd = open("f", O_RDWR | O_CREAT | O_EXCL, 0666));
    P(write(fd, "hello", 5));
    P(fchmod(fd, 0600));
    P(mkdir("d", 0777));
    P(rename("f", "g"));
    P(symlink("g", "l"));
    P(link("g", "h"));
    P(inotify_add_watch(queue, "h", IN_ALL_EVENTS));
    P(unlink("h"));
    P(show(queue));
    P(unlink("g"));
    P(show(queue));
    P(fstat(fd, &st));
    P(st.st_nlink);
    P(close(fd));
    P(show(queue));
    P(close(queue));

    P(mkdir("d/a", 0755));
    P(mkdir("d/b", 0755));
    P(close(open("d/a/x", O_CREAT | O_WRONLY, 0444)));
    P(exchange("d/a", "d/b", RENAME_EXCHANGE));
    P(access("d/b/x", F_OK));
    P(exchange("d/a", "d/none", RENAME_EXCHANGE));
    P(exchange("d/a", "d/b", RENAME_NOREPLACE));
    P(exchange("d/a", "d/b", RENAME_NOREPLACE | RENAME_EXCHANGE));
    P(rename("d/a", "d/b"));
    P(rename("d", "d/b/in"));
    P(rename("d/b", "d"));
    P(rename("d/b/x", "d/a"));
    P(rename("d/b", "d/a"));
    P(stat("d", &st));
    P(st.st_nlink > 0);
    P(rmdir("d/a"));
    P(rmdir("d/."));
    P(rmdir("d/a/.."));
    P(unlink("d/a"));
    P(link("d", "e"));
    P(mknod("d/fifo", S_IFIFO | 0644, 0));
    P(open("d/fifo", O_WRONLY | O_NONBLOCK));
    P(stat("d/fifo", &st));
    P(st.st_mode);

    P(fd = open("s", O_RDWR | O_CREAT, 0644));
    P(pwrite(fd, "end", 3, 1 << 20));
    P(ftruncate(fd, 1 << 21));
    P(lseek(fd, 0, SEEK_END));
    P(lseek(fd, 1 << 21, SEEK_DATA));
    P(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 10));
    P(fallocate(fd, 0, 0, 0));
    P(fallocate(fd, FALLOC_FL_KEEP_SIZE, 1 << 21, 4096));
    P(fstat(fd, &st));
    P(st.st_size);
    P(pread(fd, b, 4, (1 << 20) - 1));
    P(b[0] == 0 && b[1] == 'e');
    P(other = open("s", O_RDWR));
    P(fcntl(fd, F_SETLK, &lock));
    P(fcntl(other, F_OFD_SETLK, &lock));
    lock.l_pid = 0;
    P(fcntl(other, F_OFD_GETLK, &lock));
    P(lock.l_type);
    P(lock.l_start);
    P(lock.l_len);
    P(lock.l_pid > 0);
    P(flock(fd, LOCK_EX));
    P(flock(other, LOCK_SH | LOCK_NB));
    P(flock(fd, LOCK_SH));
    P(flock(other, LOCK_SH | LOCK_NB));
    P(flock(other, 77));
    P(close(other));
    lock.l_type = F_WRLCK, lock.l_start = 0, lock.l_len = -1, lock.l_pid = 0;
    P(fcntl(fd, F_SETLK, &lock));
    P(fcntl(fd, F_GETFL) & O_ACCMODE);
    P(copy_file_range(fd, 0, fd, 0, 10, 0));
    P(faccessat(AT_FDCWD, "s", X_OK, 0));
    P(faccessat(AT_FDCWD, "s", 9, 0));
    P(chmod("s", 04711));
    P(stat("s", &st));
    P(st.st_mode);
    P(truncate("d", 0));
    P(truncate("none", 0));
    P(truncate("s", -1));
    P(utimensat(AT_FDCWD, "s", (struct timespec[]){{1, 2}, {3, 4}}, 0));
    P(stat("s", &st));
    P(st.st_atim.tv_sec * 10 + st.st_atim.tv_nsec);
    P(st.st_mtim.tv_sec * 10 + st.st_mtim.tv_nsec);
    P(utimensat(AT_FDCWD, "s", (struct timespec[]){{1, 1000000000}, {3, 4}}, 0));

    P(fd = memfd_create("m", MFD_ALLOW_SEALING));
    P(write(fd, "12345", 5));
    P(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW));
    P(ftruncate(fd, 2));
    P(pwrite(fd, "x", 1, 5));
    P(pwrite(fd, "x", 1, 4));
    P(fcntl(fd, F_GET_SEALS));
    P(setxattr("none", "user.a", "x", 1, 0));
    P(getxattr("s", "", b, 1));
    P(chdir("d/b"));
    P(getcwd(b, sizeof b) != 0);
    P(syscall(SYS_close_range, 9, 8, 0));
    P(dup3(0, 0, 0));
    return 0;
}
