/* Random system calls from real guest code: random_calls SEED ROUNDS
 *
 * Each round is a child that makes CALLS calls, or is killed by what they did. The parent looks on, and at the end makes
 * calls whose answers it knows. Prints how many calls were made, how many succeeded, and how many children were killed.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CALLS = 100, PAGE = 4096, HIGHEST = 470 };

static uint64_t state;

/* xorshift64* */
static uint64_t next_random(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545F4914F6CDD1DULL;
}

static uint64_t below(uint64_t limit)
{
    return (next_random() >> 11) % limit;
}

static long call(long number, const uint64_t *arguments)
{
    register long x8 __asm__("x8") = number;
    register uint64_t x0 __asm__("x0") = arguments[0];
    register uint64_t x1 __asm__("x1") = arguments[1];
    register uint64_t x2 __asm__("x2") = arguments[2];
    register uint64_t x3 __asm__("x3") = arguments[3];
    register uint64_t x4 __asm__("x4") = arguments[4];
    register uint64_t x5 __asm__("x5") = arguments[5];
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return (long)x0;
}

struct counts {
    uint64_t made, succeeded, bad;
};

static unsigned char *data;    /* eight pages to write, and nothing behind them */
static unsigned char *constant; /* a page to read */

static const char *const paths[] = {
    "/data/file", "/data", "/tmp/a", "/tmp/b", "/tmp", "/", ".", "..", "../../outside/secret", "/out/secret",
    "/absolute/secret", "/dots", "/loop", "/dangling", "/bin/prog", "/bin/script", "/dev/null", "/dev/zero", "/dev/ptmx",
    "/dev/urandom", "/proc/self/mem", "/proc/self/maps", "/proc/self/fd", "/proc/self/exe", "/sys", "",
};

static uint64_t argument(void)
{
    static const uint64_t edges[] = {
        0, 1, 7, 8, 16, 0x7f, 0xff, 0xfff, 0x1000, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 1ULL << 32,
        1ULL << 40, 1ULL << 47, 1ULL << 48, 1ULL << 60, 1ULL << 62, ~0ULL >> 1, 1ULL << 63, ~0ULL, ~0ULL - 99,
    };
    switch (below(14)) {
    case 10:
    case 11:
        return (uint64_t)data + below(8) * PAGE;
    case 12:
        return below(4) * PAGE;
    case 13:
        return 0;
    case 0:
    case 1:
        return below(24); /* descriptors, small numbers, flags */
    case 2:
        return (uint64_t)data + (below(7 * PAGE) & ~7ULL);
    case 3:
        return (uint64_t)data + 8 * PAGE - below(64); /* across the end */
    case 4:
        return (uint64_t)constant + below(64);
    case 5:
        return (uint64_t)paths[below(sizeof paths / sizeof *paths)];
    case 6:
        return 1ULL << below(64);
    case 7: {
        /* Words that may be pointers and lengths: vectors, messages, times. */
        uint64_t *words = (uint64_t *)(data + below(7) * PAGE);
        for (int i = 0; i < 16; i++)
            words[i] = below(2) ? below(100) : (uint64_t)data + below(8 * PAGE);
        return (uint64_t)words;
    }
    case 8:
        return next_random();
    default:
        return edges[below(sizeof edges / sizeof *edges)];
    }
}

static int is_left_out(long number)
{
    switch (number) {
    case SYS_exit:
    case SYS_exit_group: /* would end the round */
    case SYS_rt_sigreturn:
    case SYS_kill: /* would end the parent */
    case SYS_tkill:
    case SYS_tgkill:
    case SYS_rt_sigqueueinfo:
    case SYS_rt_tgsigqueueinfo:
    case SYS_pidfd_send_signal:
    case SYS_reboot:
        return 1;
    default:
        return 0;
    }
}

static void on_alarm(int number)
{
    (void)number; /* a call that waits ends with EINTR */
}

static void open_some(void)
{
    int pair[2];
    if (pipe(pair) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        _exit(99);
    open("/data/file", O_RDWR);
    static const long openers[][3] = {
        {SYS_eventfd2, 1, 0}, {SYS_epoll_create1, 0, 0}, {SYS_timerfd_create, 1, 0}, {SYS_inotify_init1, 0, 0},
        {SYS_socket, AF_INET, SOCK_STREAM}, {SYS_socket, AF_INET, SOCK_DGRAM}, {SYS_socket, AF_UNIX, SOCK_DGRAM},
    };
    for (size_t i = 0; i < sizeof openers / sizeof *openers; i++)
        syscall(openers[i][0], openers[i][1], openers[i][2], 0);
}

static void one_round(volatile struct counts *counts)
{
    struct sigaction action = {.sa_handler = on_alarm};
    sigaction(SIGALRM, &action, NULL);
    struct itimerval timer = {{0, 2000}, {0, 2000}};
    setitimer(ITIMER_REAL, &timer, NULL);
    open_some();
    pid_t self = getpid();
    for (int i = 0; i < CALLS; i++) {
        uint64_t arguments[6];
        long number;
        do
            number = (long)below(HIGHEST);
        while (is_left_out(number));
        for (int j = 0; j < 6; j++)
            arguments[j] = argument();
        if (below(2))
            arguments[0] = below(16); /* most calls begin with a descriptor or a small number */
        counts->made++;
        long result = call(number, arguments);
        if (result >= 0)
            counts->succeeded++;
        if (result < 0 && result >= -4095 && result < -133)
            counts->bad++; /* no error of Linux */
        if (getpid() != self)
            _exit(0); /* a child of its own */
    }
    _exit(0);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    state = strtoull(argv[1], NULL, 0) * 2 + 1;
    long rounds = strtol(argv[2], NULL, 0), killed = 0;
    volatile struct counts *counts = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    unsigned char *place = mmap(NULL, 10 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (counts == MAP_FAILED || place == MAP_FAILED)
        return 3;
    data = place;
    constant = place + 9 * PAGE;
    mprotect(place + 8 * PAGE, PAGE, PROT_NONE);
    mprotect(constant, PAGE, PROT_READ);
    for (long round = 0; round < rounds; round++) {
        next_random();
        pid_t child = fork();
        if (child < 0)
            return 4;
        if (child == 0)
            one_round(counts);
        int status;
        if (waitpid(child, &status, WUNTRACED) != child)
            return 5;
        if (WIFSTOPPED(status)) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
        }
        killed += WIFSIGNALED(status);
        while (waitpid(-1, &status, WNOHANG) > 0)
            ; /* what the child left behind */
    }
    int known[2];
    char byte = 0;
    if (getpid() <= 0 || pipe(known) != 0 || write(known[1], "k", 1) != 1 || read(known[0], &byte, 1) != 1 || byte != 'k')
        return 6;
    printf("%llu calls, %llu succeeded, %llu impossible, %ld killed\n", (unsigned long long)counts->made,
           (unsigned long long)counts->succeeded, (unsigned long long)counts->bad, killed);
    return 0;
}
