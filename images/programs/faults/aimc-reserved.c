// Executes CM_PROCESS with a bit set that must be zero: no instruction, so SIGILL, tile or not.
#include <stdio.h>

int main(void) {
    printf("before\n");
    fflush(stdout);
    __asm__ volatile(".inst 0x01000001");
    printf("after\n");
    return 0;
}
