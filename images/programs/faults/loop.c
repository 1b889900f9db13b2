// Loops without end and without system calls.
#include <stdio.h>

int main(void) {
    printf("before\n");
    fflush(stdout);
    for (volatile unsigned turns = 0;; turns++) {
    }
}
