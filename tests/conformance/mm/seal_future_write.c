/* F_SEAL_FUTURE_WRITE leaves mappings that can write, and lets nothing else become one.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x10
#endif

TEST(seal_future_write)
{
    int fd = memfd_create("name", MFD_ALLOW_SEALING);
    MUST(ftruncate(fd, 4096));
    char *writable = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
    writable[0] = 'w';
    CALL(write(fd, "x", 1));
    OK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
    char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    VALUE(p[0]);
    CALL(mprotect(p, 4096, PROT_READ | PROT_WRITE));
    char *private = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    CALL(mprotect(private, 4096, PROT_READ | PROT_WRITE));
    /* A mapping that could be made writable counts, whatever it is now. */
    CALL(mprotect(writable, 4096, PROT_READ));
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    CALL(mprotect(writable, 4096, PROT_READ | PROT_WRITE));
    MUST(munmap(writable, 4096));
    CALL(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    VALUE(fcntl(fd, F_GET_SEALS));
    return 0;
}
