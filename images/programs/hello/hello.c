// The smallest useful program: says hello, and shows what it was given.
#include <stdio.h>

int main(int argc, char **argv, char **environment) {
    printf("hello from AArch64\n");
    for (int i = 1; i < argc; i++) {
        printf("argument %d: %s\n", i, argv[i]);
    }
    for (char **entry = environment; *entry != NULL; entry++) {
        printf("environment: %s\n", *entry);
    }
    return 0;
}
