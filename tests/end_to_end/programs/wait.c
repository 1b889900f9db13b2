// Waits: for a signal that nobody sends, for a futex that nobody wakes, or for some seconds.
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
    static int word = 1;
    printf("waiting\n");
    fflush(stdout);
    if (argc == 2 && strcmp(argv[1], "pause") == 0) {
        pause();
    } else if (argc == 2 && strcmp(argv[1], "futex") == 0) {
        syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
    } else if (argc == 3 && strcmp(argv[1], "sleep") == 0) {
        struct timespec before, after, wanted = {.tv_sec = strtol(argv[2], NULL, 10)};
        clock_gettime(CLOCK_MONOTONIC, &before);
        int result = nanosleep(&wanted, NULL);
        clock_gettime(CLOCK_MONOTONIC, &after);
        long long waited = (after.tv_sec - before.tv_sec) * 1000000000LL + (after.tv_nsec - before.tv_nsec);
        printf("result %d, at least that long %d\n", result, waited >= wanted.tv_sec * 1000000000LL);
        return 0;
    } else {
        return 2;
    }
    printf("woken\n");
    return 0;
}
