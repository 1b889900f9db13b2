/* POSIX shared memory lives under /dev/shm until it is unlinked.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(shm_open)
{
    shm_unlink("/conformance");
    int fd = shm_open("/conformance", O_RDWR | O_CREAT | O_EXCL, 0600);
    FACT(fd >= 0);
    CALL(ftruncate(fd, 4096));
    char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    strcpy(p, "shared");
    int again = shm_open("/conformance", O_RDONLY, 0);
    char b[7] = {0};
    CALL(read(again, b, 6));
    TEXT(b);
    CALL(shm_open("/conformance", O_RDWR | O_CREAT | O_EXCL, 0600));
    CALL(access("/dev/shm/conformance", F_OK));
    CALL(shm_unlink("/conformance"));
    CALL(shm_open("/conformance", O_RDWR, 0));
    TEXT(p);
    return 0;
}
