// The cost of a system call that does nothing: getppid, COUNT times (200,000 unless given). With COUNT = 0 the rest of the
// program remains, so that its time can be subtracted.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
    char *end = NULL;
    uint64_t count = argc == 2 ? strtoull(argv[1], &end, 10) : 200000;
    if (argc > 2 || (argc == 2 && (end == argv[1] || *end != '\0'))) {
        fprintf(stderr, "usage: bench-syscall [COUNT]\n");
        return 2;
    }
    for (uint64_t i = 0; i < count; i++) {
        (void)getppid();
    }
    printf("calls %" PRIu64 "\n", count);
    return 0;
}
