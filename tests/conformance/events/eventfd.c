/* An eventfd counts; as a semaphore it gives one at a time; it refuses to overflow.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <sys/eventfd.h>

TEST(eventfd)
{
    uint64_t v;
    int fd = eventfd(3, EFD_NONBLOCK), semaphore = eventfd(2, EFD_NONBLOCK | EFD_SEMAPHORE);
    v = 4;
    CALL(write(fd, &v, 8));
    CALL(read(fd, &v, 8));
    VALUE(v);
    CALL(read(fd, &v, 8));
    CALL(read(fd, &v, 4));
    v = UINT64_MAX;
    CALL(write(fd, &v, 8));
    v = UINT64_MAX - 1;
    CALL(write(fd, &v, 8));
    v = 1;
    CALL(write(fd, &v, 8));
    struct pollfd p = {fd, POLLIN | POLLOUT, 0};
    CALL(poll(&p, 1, 0));
    VALUE(p.revents);
    CALL(read(semaphore, &v, 8));
    VALUE(v);
    CALL(read(semaphore, &v, 8));
    CALL(read(semaphore, &v, 8));
    return 0;
}
