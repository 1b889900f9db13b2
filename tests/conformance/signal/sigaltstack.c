/* A handler with SA_ONSTACK runs on the alternate stack, also when the stack itself has overflowed.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"
#include <setjmp.h>

static sigjmp_buf back;
static char *alternate;
static volatile int on_it;
static void handler(int number)
{
    char here;
    stack_t now;
    (void)number;
    on_it = &here >= alternate && &here < alternate + 65536;
    sigaltstack(NULL, &now);
    FACT(now.ss_flags & SS_ONSTACK);
    CALL(sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL));
    siglongjmp(back, 1);
}
static volatile int sink;
__attribute__((noinline)) static int down(int n)
{
    volatile char room[4096];
    room[0] = (char)n;
    sink = room[0];
    return down(n + 1) + room[0];
}
TEST(sigaltstack)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
    stack_t now, stack = {.ss_size = 65536};
    alternate = stack.ss_sp = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CALL(sigaltstack(&stack, NULL));
    CALL(sigaltstack(NULL, &now));
    FACT(now.ss_sp == stack.ss_sp && now.ss_size == 65536);
    VALUE(now.ss_flags);
    stack.ss_size = 100;
    CALL(sigaltstack(&stack, NULL));
    sigaction(SIGUSR1, &action, NULL);
    if (!sigsetjmp(back, 1))
        raise(SIGUSR1);
    FACT(on_it);
    on_it = 0;
    sigaction(SIGSEGV, &action, NULL);
    if (!sigsetjmp(back, 1))
        down(0);
    FACT(on_it);
    return 0;
}
