// A radix-2 FFT of 4,096 points in double precision there and back: strides that grow, dependent floating point.
#include "checksum.h"
#include "random.h"
#include "rounds.h"

#include <math.h>
#include <stdio.h>

enum { POINTS = 4096 };

static double real[POINTS], imaginary[POINTS], cosine[POINTS / 2], sine[POINTS / 2];

static void swap(double *x, double *y) {
    double value = *x;
    *x = *y;
    *y = value;
}

static void reverse_bits(void) {
    for (int i = 1, j = 0; i < POINTS; i++) {
        int bit = POINTS >> 1;
        for (; j & bit; bit >>= 1) {
            j ^= bit;
        }
        j ^= bit;
        if (i < j) {
            swap(&real[i], &real[j]);
            swap(&imaginary[i], &imaginary[j]);
        }
    }
}

static void transform(double direction) {
    reverse_bits();
    for (int length = 2; length <= POINTS; length <<= 1) {
        for (int start = 0; start < POINTS; start += length) {
            for (int k = 0; k < length / 2; k++) {
                double c = cosine[k * (POINTS / length)], s = direction * sine[k * (POINTS / length)];
                int p = start + k, q = p + length / 2;
                double x = real[q] * c - imaginary[q] * s, y = real[q] * s + imaginary[q] * c;
                real[q] = real[p] - x;
                imaginary[q] = imaginary[p] - y;
                real[p] += x;
                imaginary[p] += y;
            }
        }
    }
}

int main(int argc, char **argv) {
    const double turn = 6.283185307179586;
    random_t random = {5};
    for (int i = 0; i < POINTS / 2; i++) {
        cosine[i] = cos(turn * i / POINTS);
        sine[i] = -sin(turn * i / POINTS);
    }
    for (int i = 0; i < POINTS; i++) {
        real[i] = (int8_t)random_next(&random);
    }
    for (long round = rounds_wanted(argc, argv); round > 0; round--) {
        transform(1);
        transform(-1);
        for (int i = 0; i < POINTS; i++) {
            real[i] /= POINTS;
            imaginary[i] /= POINTS;
        }
    }
    // There and back again: the numbers that it began with.
    static int8_t rounded[POINTS];
    for (int i = 0; i < POINTS; i++) {
        rounded[i] = (int8_t)lrint(real[i]);
    }
    printf("%08x\n", checksum_bytes(0, rounded, sizeof rounded));
    return 0;
}
