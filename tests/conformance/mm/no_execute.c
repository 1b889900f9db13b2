/* Executing data is SIGSEGV unless the page is executable.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(no_execute)
{
    unsigned *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
#ifdef __aarch64__
    p[0] = 0x52800540; /* mov w0, #42 */
    p[1] = 0xd65f03c0; /* ret */
#else
    memcpy(p, "\xb8\x2a\x00\x00\x00\xc3", 6);
#endif
    __builtin___clear_cache((char *)p, (char *)p + 4096);
    pid_t pid = fork();
    if (pid == 0)
        _exit(((int (*)(void))p)());
    show_end("data", pid);
    CALL(mprotect(p, 4096, PROT_READ | PROT_EXEC));
    VALUE(((int (*)(void))p)());
    return 0;
}
