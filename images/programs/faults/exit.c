// Exits with the status given as argument; 2 if there is none or it is no number.
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    char *end = NULL;
    long status = argc == 2 ? strtol(argv[1], &end, 10) : 0;
    if (argc != 2 || end == argv[1] || *end != '\0') {
        fprintf(stderr, "usage: exit STATUS\n");
        return 2;
    }
    exit((int)status);
}
