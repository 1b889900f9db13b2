/* An undefined instruction is SIGILL at its address.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <setjmp.h>

static sigjmp_buf back;
static void *volatile address;
static volatile int code;
static void handler(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    address = info->si_addr;
    code = info->si_code;
    siglongjmp(back, 1);
}
TEST(illegal_instruction)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    unsigned *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
#ifdef __aarch64__
    p[0] = 0; /* udf #0 */
#else
    p[0] = 0x0b0f; /* ud2 */
#endif
    __builtin___clear_cache((char *)p, (char *)p + 64);
    sigaction(SIGILL, &action, NULL);
    if (!sigsetjmp(back, 1))
        ((void (*)(void))p)();
    FACT(address == (void *)p);
    FACT(code > 0);
    return 0;
}
