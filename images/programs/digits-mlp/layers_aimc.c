// Layers on the tile.
#include "network.h"

#ifdef DIGITS_AIMC

#include <aimc/aimc.h>

static aimc_device *device;
static aimc_matrix *matrices[NETWORK_LAYERS];

// An MVM passes over the inputs and outputs that lie before its matrix, so large matrices should lie near the origin,
// and what stands before them should be small. The first layer has the first rows to itself. Of the two below it the
// narrow one stands left: passing over its few columns costs the wide one a few words, the other order would cost
// hundreds.
//
//     rows 0..63     [ first layer, 512 columns  ]
//     rows 64..575   [ third ][ second layer, 512 columns ]
//
// An image then needs 35 words beyond those that carry data: 16 for the rows above the second layer, 3 for the
// columns left of it, and 16 for the rows above the third.
const char *layers_open(const network_t *network) {
    aimc_error error = aimc_open(&device);
    uint32_t below = (uint32_t)network->layers[0].inputs;
    uint32_t beside = ((uint32_t)network->layers[2].outputs + 3) / 4 * 4;
    const struct {
        uint32_t row, column;
    } places[NETWORK_LAYERS] = {{0, 0}, {below, beside}, {below, 0}};
    for (int i = 0; i < NETWORK_LAYERS && error == AIMC_OK; i++) {
        const layer_t *layer = &network->layers[i];
        error = aimc_map(device, places[i].row, places[i].column, (uint32_t)layer->inputs, (uint32_t)layer->outputs,
                         layer->weights, (size_t)layer->outputs, &matrices[i]);
    }
    return error == AIMC_OK ? NULL : aimc_strerror(error);
}

const char *layers_run(int layer, const int8_t *in, int8_t *out) {
    aimc_error error = aimc_mvm(matrices[layer], in, out);
    return error == AIMC_OK ? NULL : aimc_strerror(error);
}

void layers_close(void) {
    aimc_close(device);
}

#endif
