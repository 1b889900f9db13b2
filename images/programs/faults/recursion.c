// Calls itself until the stack is full.
#include <stdio.h>

// The volatile array keeps a frame alive over the call, so that the compiler cannot make a loop of it.
static unsigned deeper(unsigned depth) {
    volatile unsigned frame[64];
    frame[depth % 64] = depth;
    unsigned below = depth == 0xFFFFFFFFu ? 0 : deeper(depth + 1);
    return below + frame[depth % 64];
}

int main(void) {
    printf("before\n");
    fflush(stdout);
    printf("after %u\n", deeper(0));
    return 0;
}
