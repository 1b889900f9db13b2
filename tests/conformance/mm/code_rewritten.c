/* Code that a program rewrites is executed as rewritten.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

#ifdef __aarch64__
static void put(unsigned *p, int value)
{
    p[0] = 0x52800000 | (unsigned)value << 5; /* mov w0, #value */
    p[1] = 0xd65f03c0;                        /* ret */
    __builtin___clear_cache((char *)p, (char *)p + 8);
}
#else
static void put(unsigned *p, int value)
{
    unsigned char code[] = {0xb8, (unsigned char)value, 0, 0, 0, 0xc3};
    memcpy(p, code, sizeof code);
}
#endif
TEST(code_rewritten)
{
    unsigned *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int sum = 0;
    for (int i = 1; i <= 10; i++) {
        put(p, i);
        sum += ((int (*)(void))p)();
    }
    VALUE(sum);
    return 0;
}
