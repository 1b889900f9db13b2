/* Calls refuse flags that do not exist.
 * Expected output: Linux on x86-64; qemu-aarch64 drops flags that it does not know, and lacks mlock2. */
#include "conformance.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

TEST(unknown_flags)
{
    int ends[2];
    write_file("f", "x");
    int fd = open("f", O_RDWR);
    char *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const struct timespec times[2] = {{0, 1}, {0, 1}};
    CALL(syscall(SYS_unlinkat, AT_FDCWD, "f", 0x40000));
    CALL(syscall(SYS_linkat, AT_FDCWD, "f", AT_FDCWD, "g", 0x40000));
    CALL(syscall(SYS_fchownat, AT_FDCWD, "f", -1, -1, 0x40000));
    CALL(syscall(SYS_utimensat, AT_FDCWD, "f", times, 0x40000));
    CALL(syscall(SYS_faccessat2, AT_FDCWD, "f", R_OK, 0x40000));
    CALL(syscall(SYS_dup3, fd, 77, 0x40000000));
    CALL(syscall(SYS_pipe2, ends, 0x40000000));
    CALL(syscall(SYS_eventfd2, 0, 0x40000000));
    CALL(syscall(SYS_epoll_create1, 0x40000000));
    CALL(syscall(SYS_inotify_init1, 0x40000000));
    CALL(syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 0x40000000));
    CALL(syscall(SYS_memfd_create, "m", 0x4000000));
    CALL(syscall(SYS_close_range, 100, 200, 64));
    CALL(syscall(SYS_getrandom, p, 0, 0x4000));
    CALL(syscall(SYS_msync, p, 4096, 0x4000));
    CALL(syscall(SYS_mremap, p, 4096, 4096, 0x4000, 0));
    CALL(syscall(SYS_mlock2, p, 4096, 0x4000));
    CALL(syscall(SYS_mprotect, p, 4096, 0x40000));
    CALL(access("g", F_OK));
    return 0;
}
