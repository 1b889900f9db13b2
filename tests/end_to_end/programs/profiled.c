/* Work whose share is known: `heavy` executes three times the instructions of `light`.

   profiled TURNS            both
   profiled TURNS fork       both; then a child, which does `light` and exits
   profiled TURNS exec PATH  `light`; then a child, which does `heavy` and becomes the program PATH
   profiled TURNS code       `light`; then code in memory of no file, and rewritten, and unmapped */

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

__attribute__((noinline)) void light(long turns)
{
    __asm__ volatile("nop\n 1: subs %0, %0, #1\n b.ne 1b" : "+r"(turns) : : "cc");
}

__attribute__((noinline)) void heavy(long turns)
{
    __asm__ volatile("nop\n 1: subs %0, %0, #1\n nop\n nop\n nop\n nop\n b.ne 1b" : "+r"(turns) : : "cc");
}

static void code(long turns)
{
    unsigned *words = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int version = 0; version < 3; version++) {
        words[0] = 0xf1000400; /* subs x0, x0, #1 */
        words[1] = version % 2 ? 0xd503201f : 0xaa0003e1; /* nop, mov x1, x0 */
        words[2] = 0x54ffffc1; /* b.ne to the first */
        words[3] = 0xd65f03c0; /* ret */
        __builtin___clear_cache((char *)words, (char *)(words + 4));
        ((void (*)(long))words)(turns);
    }
    munmap(words, 4096);
}

int main(int count, char **arguments)
{
    long turns = atol(arguments[1]);
    const char *what = count > 2 ? arguments[2] : "";
    light(turns);
    if (!strcmp(what, "exec")) {
        if (fork() == 0) {
            heavy(turns);
            execl(arguments[3], arguments[3], arguments[1], (char *)0);
            _exit(1);
        }
    } else if (!strcmp(what, "code")) {
        code(turns);
    } else {
        heavy(turns);
    }
    if (!strcmp(what, "fork") && fork() == 0) {
        light(turns);
        _exit(0);
    }
    wait(0);
    return 0;
}
