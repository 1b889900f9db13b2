// The standard streams: what is read, what is written, and in which order.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// One write per line, streams in turn: whoever reads both through one pipe must see this order.
static void take_turns(void) {
    char line[32];
    for (int i = 0; i < 5; i++) {
        int length = snprintf(line, sizeof line, "%s %d\n", i % 2 ? "error" : "output", i);
        if (write(i % 2 ? STDERR_FILENO : STDOUT_FILENO, line, (size_t)length) != length) {
            exit(3);
        }
    }
}

static void copy(void) {
    static char buffer[65536];
    ssize_t got;
    while ((got = read(STDIN_FILENO, buffer, sizeof buffer)) > 0) {
        for (ssize_t done = 0; done < got;) {
            ssize_t put = write(STDOUT_FILENO, buffer + done, (size_t)(got - done));
            if (put <= 0) {
                exit(3);
            }
            done += put;
        }
    }
    exit(got == 0 ? 0 : 4);
}

static void lines(unsigned long count) {
    for (unsigned long i = 0; i < count; i++) {
        if (printf("line %lu of many\n", i) < 0) {
            exit(3);
        }
    }
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "turns") == 0) {
        take_turns();
    } else if (argc == 2 && strcmp(argv[1], "copy") == 0) {
        copy();
    } else if (argc == 3 && strcmp(argv[1], "lines") == 0) {
        lines(strtoul(argv[2], NULL, 10));
    } else {
        return 2;
    }
    return 0;
}
