// Byte by byte: run-length coding of 96 KiB, and a CRC-32 of the code by table.
#include "random.h"
#include "rounds.h"

#include <stdio.h>

enum { SIZE = 96 * 1024, LONGEST = 255 };

static uint8_t text[SIZE], code[2 * SIZE];
static uint32_t table[256];

static void make_table(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++) {
            value = value & 1 ? UINT32_C(0xEDB88320) ^ value >> 1 : value >> 1;
        }
        table[i] = value;
    }
}

static void make_text(void) {
    random_t random = {8};
    for (size_t i = 0; i < SIZE;) {
        uint64_t number = random_next(&random);
        for (uint64_t left = 1 + (number & 7); left > 0 && i < SIZE; left--) {
            text[i++] = (uint8_t)(number >> 32);
        }
    }
}

static size_t encode(void) {
    size_t length = 0;
    for (size_t i = 0; i < SIZE;) {
        size_t run = 1;
        while (i + run < SIZE && text[i + run] == text[i] && run < LONGEST) {
            run++;
        }
        code[length++] = (uint8_t)run;
        code[length++] = text[i];
        i += run;
    }
    return length;
}

static uint32_t crc32_of(const uint8_t *data, size_t length) {
    uint32_t crc = ~UINT32_C(0);
    for (size_t i = 0; i < length; i++) {
        crc = table[(crc ^ data[i]) & 255] ^ crc >> 8;
    }
    return ~crc;
}

int main(int argc, char **argv) {
    make_table();
    make_text();
    uint32_t crc = 0;
    for (long round = rounds_wanted(argc, argv); round > 0; round--) {
        crc = crc32_of(code, encode());
    }
    printf("%08x\n", crc);
    return 0;
}
