/* Open-file-description locks conflict within a process.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(ofd_locks)
{
    struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int a = open("f", O_RDWR | O_CREAT, 0600), b = open("f", O_RDWR);
    CALL(fcntl(a, F_OFD_SETLK, &l));
    CALL(fcntl(b, F_OFD_SETLK, &l));
    close(a);
    CALL(fcntl(b, F_OFD_SETLK, &l));
    l.l_pid = 1;
    CALL(fcntl(b, F_OFD_SETLK, &l));
    return 0;
}
