/* SIGBUS for a mapped page beyond the end of its file has the address and BUS_ADRERR.
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
TEST(sigbus)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    int fd = open("f", O_RDWR | O_CREAT, 0600);
    char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    sigaction(SIGBUS, &action, NULL);
    if (!sigsetjmp(back, 1))
        *(volatile char *)(p + 77) = 1;
    FACT(address == p + 77);
    FACT(code == BUS_ADRERR);
    return 0;
}
