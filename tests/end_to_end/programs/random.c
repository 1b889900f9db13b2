// Everything random that a program can see.
#include <stdint.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/random.h>

static void show(const char *name, const unsigned char *bytes, size_t size) {
    printf("%s ", name);
    for (size_t i = 0; i < size; i++) {
        printf("%02x", bytes[i]);
    }
    printf("\n");
}

int main(void) {
    unsigned char bytes[16];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) {
        return 1;
    }
    show("getrandom", bytes, sizeof bytes);
    show("AT_RANDOM", (const unsigned char *)getauxval(AT_RANDOM), sizeof bytes);
    FILE *file = fopen("/dev/urandom", "rb");
    if (file == NULL || fread(bytes, 1, sizeof bytes, file) != sizeof bytes) {
        return 1;
    }
    fclose(file);
    show("/dev/urandom", bytes, sizeof bytes);
    return 0;
}
