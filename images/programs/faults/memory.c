// Takes memory and touches it until malloc refuses; says how much it got. An argument bounds the MiB it asks for.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 20, PAGE = 4096 };

int main(int argc, char **argv) {
    unsigned long limit = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    for (unsigned long chunks = 0; limit == 0 || chunks < limit; chunks++) {
        volatile char *chunk = malloc(CHUNK);
        if (chunk == NULL) {
            printf("no memory after %lu MiB: %s\n", chunks, strerror(errno));
            return 1;
        }
        for (size_t i = 0; i < CHUNK; i += PAGE) {
            chunk[i] = 1;
        }
    }
    printf("took %lu MiB\n", limit);
    return 0;
}
