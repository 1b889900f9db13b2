// The digits network as the program sees it. File formats: images/models/digits/README.md.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { NETWORK_LAYERS = 3, NETWORK_WIDEST = 512 };

typedef struct {
    int inputs;
    int outputs;
    int input_shift;
    const int8_t *weights;  // inputs × outputs, row by row
} layer_t;

typedef struct {
    layer_t layers[NETWORK_LAYERS];
} network_t;

typedef struct {
    int count;
    int size;
    const int8_t *pixels;  // count × size
    const uint8_t *labels; // count
} images_t;

// data.c: both return NULL, or what is wrong with the file. The results point into `bytes`.
const char *network_parse(network_t *network, const unsigned char *bytes, size_t size);
const char *images_parse(images_t *images, const unsigned char *bytes, size_t size);

// The part that differs between core and tile: layers_digital.c, and layers_aimc.c with DIGITS_AIMC. layers_open
// returns NULL or what went wrong. layers_run computes one matrix-vector product; `in` and `out` have room for
// NETWORK_WIDEST bytes, and what lies beyond a layer's inputs is 0. It also returns NULL or what went wrong.
const char *layers_open(const network_t *network);
const char *layers_run(int layer, const int8_t *in, int8_t *out);
void layers_close(void);
