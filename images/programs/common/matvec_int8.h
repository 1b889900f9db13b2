// Matrix-vector product with int8 weights and inputs, int32 sums and int8 results with saturation: on the core, what
// a tile does.
//
// Cores like Cortex-A53 have no dot-product instruction. The densest sequence then is, for 16 products: SMULL (8
// products to int16), SMLAL2 (the other 8 added to them) and SADALP (pairs added to int32). The int16 step cannot
// overflow: inputs are at least 0, so the two products in a lane are at least 2 × 127 × -128 = -32512. Four outputs
// are computed together: each load of inputs is used four times, and four independent chains hide the latency of the
// multiplier.
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__ARM_NEON)
#include <arm_neon.h>
#endif

enum { MATVEC_INPUTS = 16, MATVEC_OUTPUTS = 4 };

// Weights in the order in which they are used: for each 4 outputs, for each 16 inputs, 4 × 16 bytes. Padded with zeros.
typedef struct {
    int inputs;          // a multiple of 16
    int outputs;         // a multiple of 4
    int8_t *weights;     // inputs × outputs bytes, owned
} matvec_t;

static inline int matvec_round_up(int value, int multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

// From a matrix of `rows` inputs × `columns` outputs in row order. Returns 0, or -1 if there is no memory.
static inline int matvec_pack(matvec_t *packed, const int8_t *matrix, int rows, int columns) {
    packed->inputs = matvec_round_up(rows, MATVEC_INPUTS);
    packed->outputs = matvec_round_up(columns, MATVEC_OUTPUTS);
    packed->weights = (int8_t *)calloc((size_t)packed->inputs, (size_t)packed->outputs);
    if (packed->weights == NULL) {
        return -1;
    }
    for (int y = 0; y < rows; y++) {
        for (int x = 0; x < columns; x++) {
            size_t group = (size_t)(x / MATVEC_OUTPUTS) * (size_t)packed->inputs * MATVEC_OUTPUTS;
            size_t block = (size_t)(y / MATVEC_INPUTS) * MATVEC_INPUTS * MATVEC_OUTPUTS;
            size_t lane = (size_t)(x % MATVEC_OUTPUTS) * MATVEC_INPUTS + (size_t)(y % MATVEC_INPUTS);
            packed->weights[group + block + lane] = matrix[(size_t)y * (size_t)columns + (size_t)x];
        }
    }
    return 0;
}

static inline void matvec_free(matvec_t *packed) {
    free(packed->weights);
    packed->weights = NULL;
}

// `in` holds packed->inputs bytes, all ≥ 0; `out` gets packed->outputs bytes.
static inline void matvec_run(const matvec_t *packed, const int8_t *in, int8_t *out) {
    const int8_t *weights = packed->weights;
    for (int x = 0; x < packed->outputs; x += MATVEC_OUTPUTS) {
#if defined(__ARM_NEON)
        int32x4_t sum0 = vdupq_n_s32(0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
        for (int y = 0; y < packed->inputs; y += MATVEC_INPUTS) {
            int8x16_t inputs = vld1q_s8(in + y);
            int8x16_t w0 = vld1q_s8(weights), w1 = vld1q_s8(weights + 16);
            int8x16_t w2 = vld1q_s8(weights + 32), w3 = vld1q_s8(weights + 48);
            int16x8_t p0 = vmull_s8(vget_low_s8(inputs), vget_low_s8(w0));
            int16x8_t p1 = vmull_s8(vget_low_s8(inputs), vget_low_s8(w1));
            int16x8_t p2 = vmull_s8(vget_low_s8(inputs), vget_low_s8(w2));
            int16x8_t p3 = vmull_s8(vget_low_s8(inputs), vget_low_s8(w3));
            p0 = vmlal_high_s8(p0, inputs, w0);
            p1 = vmlal_high_s8(p1, inputs, w1);
            p2 = vmlal_high_s8(p2, inputs, w2);
            p3 = vmlal_high_s8(p3, inputs, w3);
            sum0 = vpadalq_s16(sum0, p0);
            sum1 = vpadalq_s16(sum1, p1);
            sum2 = vpadalq_s16(sum2, p2);
            sum3 = vpadalq_s16(sum3, p3);
            weights += MATVEC_INPUTS * MATVEC_OUTPUTS;
        }
        int32x4_t sums = vpaddq_s32(vpaddq_s32(sum0, sum1), vpaddq_s32(sum2, sum3));
        int16x4_t narrow = vqmovn_s32(sums);
        int8x8_t bytes = vqmovn_s16(vcombine_s16(narrow, narrow));
        vst1_lane_s32((int32_t *)(void *)(out + x), vreinterpret_s32_s8(bytes), 0);
#else
        int32_t sums[MATVEC_OUTPUTS] = {0};
        for (int y = 0; y < packed->inputs; y += MATVEC_INPUTS) {
            for (int lane = 0; lane < MATVEC_OUTPUTS * MATVEC_INPUTS; lane++) {
                sums[lane / MATVEC_INPUTS] += in[y + lane % MATVEC_INPUTS] * *weights++;
            }
        }
        for (int lane = 0; lane < MATVEC_OUTPUTS; lane++) {
            int32_t sum = sums[lane];
            out[x + lane] = (int8_t)(sum < -128 ? -128 : sum > 127 ? 127 : sum);
        }
#endif
    }
}
