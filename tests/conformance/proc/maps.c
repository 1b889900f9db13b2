/* /proc/self/maps lists what is mapped, with its protection.
 * Expected output: qemu-aarch64 and Linux on x86-64. */
#include "conformance.h"

TEST(maps)
{
    char *p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(mprotect(p + 4096, 4096, PROT_READ));
    FILE *f = fopen("/proc/self/maps", "r");
    char line[512], protection[5];
    int stack = 0, seen = 0;
    unsigned long from, to;
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "%lx-%lx %4s", &from, &to, protection) != 3)
            printf("a strange line\n");
        if (from <= (unsigned long)p + 4096 && to > (unsigned long)p + 4096 && strcmp(protection, "r--p") == 0)
            seen = 1;
        stack |= strstr(line, "[stack]") != NULL;
    }
    FACT(seen);
    FACT(stack);
    return 0;
}
