/* SIGSEGV's siginfo has the address and says whether nothing is mapped there or access is denied.
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
TEST(sigsegv_address)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    char *p = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(munmap(p + 4096, 4096));
    sigaction(SIGSEGV, &action, NULL);
    if (!sigsetjmp(back, 1))
        *(volatile char *)(p + 123) = 1;
    FACT(address == p + 123);
    FACT(code == SEGV_ACCERR);
    if (!sigsetjmp(back, 1))
        (void)*(volatile char *)(p + 4096 + 45);
    FACT(address == p + 4096 + 45);
    FACT(code == SEGV_MAPERR);
    if (!sigsetjmp(back, 1))
        (void)*(volatile char *)8;
    FACT(address == (void *)8);
    return 0;
}
