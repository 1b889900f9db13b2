/*
 * The arithmetic of an MVM in plain C, for tests: no tile, no packing, the definition only.
 */
#ifndef AIMC_REFERENCE_H
#define AIMC_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

/* Same shapes and meaning as aimc_map and aimc_mvm. Output must not overlap the input. */
static inline void aimc_mvm_reference(uint32_t rows, uint32_t columns, const int8_t *weights, size_t stride,
                                      const int8_t *input, int8_t *output)
{
    uint32_t i, j;
    for (j = 0; j < columns; j++) {
        int64_t sum = 0;
        for (i = 0; i < rows; i++)
            sum += (int64_t)input[i] * weights[i * stride + j];
        output[j] = (int8_t)(sum > 127 ? 127 : sum < -128 ? -128 : sum);
    }
}

#endif
