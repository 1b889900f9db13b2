// A fixed sequence of numbers, the same with every C library (splitmix64, Steele et al., OOPSLA 2014).
#pragma once

#include <stdint.h>

typedef struct {
    uint64_t state;
} random_t;

static inline uint64_t random_next(random_t *random) {
    random->state += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = random->state;
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}
