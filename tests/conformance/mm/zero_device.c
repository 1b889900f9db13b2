/* /dev/zero gives zeros, /dev/null nothing, /dev/full no room; /dev/zero can be mapped.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(zero_device)
{
    char b[4] = "abc";
    int zero = open("/dev/zero", O_RDWR), null = open("/dev/null", O_RDWR), full = open("/dev/full", O_RDWR);
    CALL(read(zero, b, 4));
    VALUE(b[0]);
    CALL(read(null, b, 4));
    CALL(write(null, b, 4));
    CALL(write(full, b, 4));
    CALL(read(full, b, 4));
    char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
    VALUE(p[100]);
    p[100] = 1;
    VALUE(p[100]);
    return 0;
}
