// Jumps to address 0.
#include <stdio.h>

int main(void) {
    printf("before\n");
    fflush(stdout);
    void (*volatile nowhere)(void) = NULL;
    nowhere();
    printf("after\n");
    return 0;
}
