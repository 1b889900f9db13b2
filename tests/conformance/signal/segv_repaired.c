/* A handler may map the missing page; the instruction is then executed again.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

static char *page;
static volatile int faults;
static void handler(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    (void)info;
    faults++;
    if (mprotect(page, 4096, PROT_READ | PROT_WRITE) == -1)
        _exit(98);
}
TEST(segv_repaired)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    page[5] = 6;
    VALUE(page[5]);
    VALUE(faults);
    return 0;
}
