// SHA-256 (FIPS 180-4) of 1 MiB, in plain C. The round constants are computed as the standard defines them: the first
// 32 bits of the fractional parts of the cube roots (square roots for the initial state) of the first primes.
#include "random.h"
#include "rounds.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 64, ROUNDS = 64, MESSAGE = 1 << 20 };

static uint32_t round_constants[ROUNDS], initial_state[8];
static uint8_t message[MESSAGE + 2 * BLOCK];

__extension__ typedef unsigned __int128 wide_t;

// floor(prime^(1/power) · 2^32) modulo 2^32, by bisection in integers.
static uint32_t root_fraction(unsigned prime, int power) {
    uint64_t low = 0, high = UINT64_C(1) << 37;  // roots below 32
    wide_t target = (wide_t)prime << (power == 2 ? 64 : 96);
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        wide_t value = (wide_t)middle * middle;
        if (power == 3) {
            value *= middle;  // below 2^111
        }
        if (value <= target) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (uint32_t)low;
}

static void compute_constants(void) {
    int found = 0;
    for (unsigned candidate = 2; found < ROUNDS; candidate++) {
        unsigned divisor = 2;
        while (divisor * divisor <= candidate && candidate % divisor != 0) {
            divisor++;
        }
        if (divisor * divisor <= candidate) {
            continue;
        }
        if (found < 8) {
            initial_state[found] = root_fraction(candidate, 2);
        }
        round_constants[found++] = root_fraction(candidate, 3);
    }
}

static inline uint32_t rotate(uint32_t value, int bits) {
    return value >> bits | value << (32 - bits);
}

static void compress(uint32_t state[8], const uint8_t *block) {
    uint32_t schedule[ROUNDS];
    for (int t = 0; t < 16; t++) {
        const uint8_t *b = block + 4 * t;
        schedule[t] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    }
    for (int t = 16; t < ROUNDS; t++) {
        uint32_t x = schedule[t - 15], y = schedule[t - 2];
        uint32_t sigma0 = rotate(x, 7) ^ rotate(x, 18) ^ x >> 3;
        uint32_t sigma1 = rotate(y, 17) ^ rotate(y, 19) ^ y >> 10;
        schedule[t] = sigma1 + schedule[t - 7] + sigma0 + schedule[t - 16];
    }
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (int t = 0; t < ROUNDS; t++) {
        uint32_t sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
        uint32_t choose = (e & f) ^ (~e & g);
        uint32_t first = h + sum1 + choose + round_constants[t] + schedule[t];
        uint32_t sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
        uint32_t majority = (a & b) ^ (a & c) ^ (b & c);
        h = g;
        g = f;
        f = e;
        e = d + first;
        d = c;
        c = b;
        b = a;
        a = first + sum0 + majority;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
}

// Hashes `size` bytes of `data`, which has room for the padding behind them, `rounds` times; prints the digest.
static void hash_and_print(uint8_t *data, size_t size, long rounds) {
    size_t padded = (size + 9 + BLOCK - 1) / BLOCK * BLOCK;
    memset(data + size, 0, padded - size);
    data[size] = 0x80;
    for (int i = 0; i < 8; i++) {
        data[padded - 1 - (size_t)i] = (uint8_t)((uint64_t)size * 8 >> 8 * i);
    }
    uint32_t state[8];
    for (; rounds > 0; rounds--) {
        memcpy(state, initial_state, sizeof state);
        for (size_t start = 0; start < padded; start += BLOCK) {
            compress(state, data + start);
        }
    }
    for (int i = 0; i < 8; i++) {
        printf("%08x", state[i]);
    }
    printf("\n");
}

int main(int argc, char **argv) {
    compute_constants();
    memcpy(message, "abc", 3);  // the standard's first example
    hash_and_print(message, 3, 1);
    random_t random = {3};
    for (size_t i = 0; i < MESSAGE; i++) {
        message[i] = (uint8_t)random_next(&random);
    }
    hash_and_print(message, MESSAGE, rounds_wanted(argc, argv));
    return 0;
}
