/* A handler sees and may change the registers of what it interrupted.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <ucontext.h>

static volatile int mask_has;
static void handler(int number, siginfo_t *info, void *context)
{
    ucontext_t *u = context;
    (void)number;
    (void)info;
    mask_has = sigismember(&u->uc_sigmask, SIGUSR2);
    sigaddset(&u->uc_sigmask, SIGHUP);
#ifdef __aarch64__
    u->uc_mcontext.pc += 4;
    u->uc_mcontext.regs[0] = 4711;
#else
    u->uc_mcontext.gregs[REG_RIP] += 2;
    u->uc_mcontext.gregs[REG_RAX] = 4711;
#endif
}
TEST(context)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
    sigset_t set, now;
    long result;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigaction(SIGILL, &action, NULL);
#ifdef __aarch64__
    __asm__ volatile("udf #0\n\tmov %0, x0" : "=r"(result) : : "x0", "memory");
#else
    __asm__ volatile("ud2\n\tmov %%rax, %0" : "=r"(result) : : "rax", "memory");
#endif
    VALUE(result);
    FACT(mask_has);
    sigprocmask(0, NULL, &now);
    FACT(sigismember(&now, SIGHUP));
    FACT(sigismember(&now, SIGUSR2));
    return 0;
}
