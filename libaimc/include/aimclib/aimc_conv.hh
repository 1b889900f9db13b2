/*
 * The convolution of AIMClib's first release. Later releases dropped it, so aimc.hh does not include it; programs
 * that use it include this header too.
 */
#ifndef AIMC_AIMCLIB_CONV_HH
#define AIMC_AIMCLIB_CONV_HH

#include "aimc.hh"

#include <math.h>

#include <vector>

typedef float C_NN_t;
typedef float C_NN_tc;

/*
 * Convolves in_buffer (c_in planes, already padded to h_in + 2 * padding rows of w_in + 2 * padding) with the kernels
 * that were mapped, and adds bias[channel]. The output is written position by position, its c_out channels together.
 *
 * Traps, kept: only the first kernel_width * kernel_height of the window's c_in times as many values are queued, and
 * the scaling dequeueVector gives the results.
 */
inline void aimcConv2d(C_NN_tc *in_buffer, int c_in, int w_in, int h_in, C_NN_tc *output, int c_out, int w_out,
                       int h_out, C_NN_t *bias, int kernel_width, int kernel_height, int stride, int padding, int tid)
{
    const int padded_width = w_in + 2 * padding;
    const int plane = padded_width * (h_in + 2 * padding);
    const int window = kernel_width * kernel_height;
    std::vector<C_NN_t> inputs((size_t)window);
    std::vector<C_NN_t> results((size_t)c_out);
    C_NN_t max = 0;

    for (int i = 0; i < plane * c_in; i++)
        max = fmaxf(max, fabsf(in_buffer[i]));

    for (int row = 0; row < h_out; row++) {
        for (int column = 0; column < w_out; column++) {
            const C_NN_tc *corner = in_buffer + (row * padded_width + column) * stride;
            for (int i = 0; i < window; i++)
                inputs[(size_t)i] = corner[i / kernel_width * padded_width + i % kernel_width];
            queueVector(window, max, inputs.data(), tid);
            aimcProcess(tid);
            dequeueVector(c_out, max, results.data(), tid);
            for (int channel = 0; channel < c_out; channel++)
                *output++ = bias[channel] + results[(size_t)channel];
        }
    }
}

#endif
