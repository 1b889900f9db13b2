// Executes an AIMC instruction, CM_STATUS of the number of rows, without asking anybody for the tile.
#include <stdint.h>
#include <stdio.h>

int main(void) {
    register uint64_t x1 __asm__("x1") = 1;
    register uint64_t x0 __asm__("x0");
    puts("before");
    fflush(stdout);
    __asm__ volatile(".inst 0x61000020" : "=r"(x0) : "r"(x1));
    printf("%llu rows\n", (unsigned long long)x0);
    return 0;
}
