// Writes to address 0.
#include <stdio.h>

int main(void) {
    printf("before\n");
    fflush(stdout);
    int *volatile nowhere = NULL;
    *(volatile int *)nowhere = 1;
    printf("after\n");
    return 0;
}
