// What a handler sees of the interrupted code, and what it can change.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

static char *const forbidden = (char *)0x7000000000;
static volatile int depth;
static sigjmp_buf back;

static void skip(int number, siginfo_t *info, void *context) {
    ucontext_t *uc = context;
    uint32_t word = *(uint32_t *)uc->uc_mcontext.pc;
    // (qemu gives an undefined instruction another code than Linux.)
    printf("signal %d code %d address %#lx word %08x\n", number, number == SIGILL ? 1 : info->si_code,
           number == SIGSEGV || number == SIGBUS ? (long)info->si_addr : (long)info->si_addr - (long)uc->uc_mcontext.pc, word);
    uc->uc_mcontext.regs[0] = 4242;
    uc->uc_mcontext.pc += 4;
}

static void overwrite_fp(int number) {
    (void)number;
    __asm__ volatile("movi v0.16b, #1\n movi v8.16b, #2\n movi v31.16b, #3\n fmov d15, #1.5" ::: "v0", "v8", "v15", "v31");
}

static void records(int number, siginfo_t *info, void *context) {
    ucontext_t *uc = context;
    unsigned char *at = (unsigned char *)uc->uc_mcontext.__reserved;
    (void)info;
    printf("records of signal %d:", number);
    for (;;) {
        uint32_t magic, size;
        memcpy(&magic, at, 4);
        memcpy(&size, at + 4, 4);
        printf(" %08x/%u", magic == 0x45535201 ? 0 : magic, magic == 0x45535201 ? 0 : size);
        if (magic == 0x46508001) {
            uint64_t low;
            memcpy(&low, at + 16 + 8 * 16, 8);
            printf(" v8=%lx", low);
        }
        if (magic == 0)
            break;
        at += size;
    }
    printf("\n");
    printf("layout %ld %ld %ld %ld\n", (long)((char *)&uc->uc_mcontext - (char *)uc), (long)((char *)uc->uc_mcontext.__reserved - (char *)uc),
           (long)((char *)&uc->uc_sigmask - (char *)uc), (long)((char *)uc - (char *)info));
    // Change a vector register of the interrupted code.
    uint64_t value = 0x1122334455667788;
    memcpy(uc->uc_mcontext.__reserved + 16 + 9 * 16, &value, 8);
}

static void nested(int number) {
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    depth++;
    printf("depth %d signal %d blocked usr1 %d usr2 %d\n", depth, number, sigismember(&now, SIGUSR1), sigismember(&now, SIGUSR2));
    if (number == SIGUSR1 && depth < 3) {
        raise(SIGUSR2);
        printf("still in %d\n", number);
    }
    depth--;
}

static void jump_out(int number) {
    siglongjmp(back, number);
}

static void on_other_stack(int number, siginfo_t *info, void *context) {
    stack_t stack;
    char here;
    (void)context;
    sigaltstack(NULL, &stack);
    printf("signal %d on the stack: %d, flags %d, address is %s\n", number,
           &here > (char *)stack.ss_sp && &here < (char *)stack.ss_sp + stack.ss_size, stack.ss_flags,
           info->si_addr ? "known" : "null");
    stack.ss_flags = SS_DISABLE;
    printf("change while on it: %d\n", sigaltstack(&stack, NULL));
    siglongjmp(back, 7);
}

static int __attribute__((noinline)) recurse(int n) {
    volatile char frame[4096];
    frame[0] = n;
    return recurse(n + 1) + frame[0];
}

static void install(int number, void *handler, int flags) {
    struct sigaction action = {0};
    action.sa_sigaction = (void (*)(int, siginfo_t *, void *))handler;
    action.sa_flags = flags;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    install(SIGSEGV, skip, SA_SIGINFO);
    install(SIGILL, skip, SA_SIGINFO);
    install(SIGTRAP, skip, SA_SIGINFO);
    register long x0 __asm__("x0");
    register char *x1 __asm__("x1") = forbidden;
    __asm__ volatile("ldr x0, [x1]" : "=r"(x0) : "r"(x1) : "memory");
    printf("loaded %ld\n", x0);
    __asm__ volatile("mov x0, #0\n str x0, [%1]" : "=r"(x0) : "r"(forbidden + 64) : "memory");
    printf("stored %ld\n", x0);
    char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    install(SIGSEGV, skip, SA_SIGINFO);
    static volatile char *where;
    where = page;
    struct sigaction old;
    sigaction(SIGSEGV, NULL, &old);
    printf("flags %#x\n", old.sa_flags & ~0x04000000);
    __asm__ volatile(".inst 0x00000000" ::: "x0");
    __asm__ volatile("brk #5" ::: "x0");
    printf("after both\n");

    uint64_t low8, low15, low9;
    double number;
    install(SIGUSR1, overwrite_fp, 0);
    __asm__ volatile("movi v8.16b, #0x55\n fmov d15, #2.5" ::: "v8", "v15");
    pid_t self = getpid();
    __asm__ volatile("mov x0, %3\n mov x1, #10\n mov x8, #129\n movi v8.16b, #0x55\n fmov d15, #2.5\n svc #0\n umov %0, v8.d[0]\n umov %1, v15.d[0]\n fmov %d2, d15"
                     : "=r"(low8), "=r"(low15), "=w"(number) : "r"((long)self) : "x0", "x1", "x8", "v8", "v15", "memory");
    printf("v8 %lx d15 %lx %g\n", low8, low15, number);
    install(SIGUSR1, records, SA_SIGINFO);
    __asm__ volatile("mov x0, %1\n mov x1, #10\n mov x8, #129\n movi v8.16b, #0x55\n svc #0\n umov %0, v9.d[0]"
                     : "=r"(low9) : "r"((long)self) : "x0", "x1", "x8", "v8", "v9", "memory");
    printf("v9 %lx\n", low9);

    install(SIGUSR1, nested, 0);
    install(SIGUSR2, nested, 0);
    raise(SIGUSR1);
    install(SIGUSR1, jump_out, 0);
    int got = sigsetjmp(back, 1);
    if (!got)
        raise(SIGUSR1);
    sigset_t now;
    sigprocmask(SIG_BLOCK, NULL, &now);
    printf("jumped with %d, blocked %d\n", got, sigismember(&now, SIGUSR1));

    static char memory[65536];
    stack_t stack = {.ss_sp = memory, .ss_size = sizeof memory};
    printf("sigaltstack %d\n", sigaltstack(&stack, NULL));
    install(SIGSEGV, on_other_stack, SA_SIGINFO | SA_ONSTACK);
    got = sigsetjmp(back, 1);
    if (!got)
        printf("%d\n", recurse(0));
    printf("out of the overflow with %d\n", got);
    got = sigsetjmp(back, 1);
    if (!got)
        printf("%d\n", recurse(0));
    printf("and again with %d\n", got);
    stack.ss_size = 100;
    printf("too small: %d\n", sigaltstack(&stack, NULL));
    stack.ss_flags = 64;
    printf("bad flags: %d\n", sigaltstack(&stack, NULL));
    return 0;
}
