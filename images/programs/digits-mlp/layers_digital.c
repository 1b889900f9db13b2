// Layers on the core.
#include "network.h"

#ifndef DIGITS_AIMC

#include "matvec_int8.h"

static matvec_t packed[NETWORK_LAYERS];

const char *layers_open(const network_t *network) {
    for (int i = 0; i < NETWORK_LAYERS; i++) {
        const layer_t *layer = &network->layers[i];
        if (matvec_pack(&packed[i], layer->weights, layer->inputs, layer->outputs) != 0) {
            return "no memory for the weights";
        }
    }
    return NULL;
}

const char *layers_run(int layer, const int8_t *in, int8_t *out) {
    matvec_run(&packed[layer], in, out);
    return NULL;
}

void layers_close(void) {
    for (int i = 0; i < NETWORK_LAYERS; i++) {
        matvec_free(&packed[i]);
    }
}

#endif
