// Reads model and image files from memory. Numbers are little-endian.
#include "network.h"

#include <string.h>

static uint32_t word_at(const unsigned char *bytes) {
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

const char *network_parse(network_t *network, const unsigned char *bytes, size_t size) {
    size_t start = 16 + 12 * NETWORK_LAYERS;
    if (size < start || memcmp(bytes, "AIMCMLP", 8) != 0 || word_at(bytes + 8) != 1) {
        return "not a model of version 1";
    }
    if (word_at(bytes + 12) != NETWORK_LAYERS) {
        return "a model with another number of layers than 3";
    }
    for (int i = 0; i < NETWORK_LAYERS; i++) {
        const unsigned char *header = bytes + 16 + 12 * i;
        uint32_t inputs = word_at(header), outputs = word_at(header + 4), shift = word_at(header + 8);
        if (inputs < 1 || inputs > NETWORK_WIDEST || outputs < 1 || outputs > NETWORK_WIDEST || shift > 7) {
            return "a layer that is too large";
        }
        if (i > 0 && (int)inputs != network->layers[i - 1].outputs) {
            return "layers that do not fit together";
        }
        if (size - start < (size_t)inputs * outputs) {
            return "too short for its weights";
        }
        network->layers[i] = (layer_t){(int)inputs, (int)outputs, (int)shift, (const int8_t *)(bytes + start)};
        start += (size_t)inputs * outputs;
    }
    return start == size ? NULL : "longer than its weights";
}

const char *images_parse(images_t *images, const unsigned char *bytes, size_t size) {
    if (size < 20 || memcmp(bytes, "AIMCIMG", 8) != 0 || word_at(bytes + 8) != 1) {
        return "not an image file of version 1";
    }
    uint32_t count = word_at(bytes + 12), pixels = word_at(bytes + 16);
    if (count < 1 || count > 1000000 || pixels < 1 || pixels > NETWORK_WIDEST) {
        return "no images, too many, or too large ones";
    }
    if (size != 20 + (size_t)count * (pixels + 1)) {
        return "not as long as its header says";
    }
    for (size_t i = 0; i < (size_t)count * pixels; i++) {
        if (bytes[20 + i] > 127) {
            return "pixels that do not fit int8";
        }
    }
    *images = (images_t){(int)count, (int)pixels, (const int8_t *)(bytes + 20), bytes + 20 + (size_t)count * pixels};
    return NULL;
}
