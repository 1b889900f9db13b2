// Recognises handwritten digits with a small int8 network; the same program for the core alone and for an AIMC tile.
//
// digits-mlp [--verbose] [--outputs] [--images N] [FILE]
//   --verbose   a line "index predicted label" per image
//   --outputs   a line "index output0 output1 …" per image: the raw outputs of the last layer
//   --images N  only the first N images
//   FILE        images of one's own instead of those in the program
#include "checksum.h"
#include "embed.h"
#include "network.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

EMBED(model_file, "models/digits/model.bin");
EMBED(test_file, "models/digits/test.bin");

typedef struct {
    bool verbose;
    bool outputs;
    int images;
    const char *file;
} options_t;

static void fail(const char *what, const char *why) {
    fprintf(stderr, "digits-mlp: %s: %s\n", what, why);
    exit(1);
}

static void usage(void) {
    fprintf(stderr, "usage: digits-mlp [--verbose] [--outputs] [--images N] [FILE]\n");
    exit(2);
}

static options_t parse_options(int argc, char **argv) {
    options_t options = {false, false, 0, NULL};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--verbose") == 0) {
            options.verbose = true;
        } else if (strcmp(argv[i], "--outputs") == 0) {
            options.outputs = true;
        } else if (strcmp(argv[i], "--images") == 0 && i + 1 < argc) {
            char *end;
            long count = strtol(argv[++i], &end, 10);
            if (*end != '\0' || count < 1 || count > 1000000) {
                usage();
            }
            options.images = (int)count;
        } else if (argv[i][0] == '-' || options.file != NULL) {
            usage();
        } else {
            options.file = argv[i];
        }
    }
    return options;
}

static unsigned char *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail(path, strerror(errno));
    }
    size_t room = 1 << 16;
    unsigned char *bytes = NULL;
    *size = 0;
    do {
        room *= 2;
        bytes = realloc(bytes, room);
        if (bytes == NULL) {
            fail(path, "no memory");
        }
        *size += fread(bytes + *size, 1, room - *size, file);
    } while (*size == room);
    if (ferror(file)) {
        fail(path, strerror(errno));
    }
    fclose(file);
    return bytes;
}

// ReLU, then the shift that brings values to the few levels the next layer was trained for. The first layer's inputs
// are never negative.
static void activate(int8_t *values, int count, int shift) {
    for (int i = 0; i < count; i++) {
        int8_t positive = values[i] > 0 ? values[i] : 0;
        values[i] = (int8_t)(positive >> shift);
    }
}

static void infer(const network_t *network, const int8_t *pixels, int8_t *outputs) {
    // Zero beyond each layer's width, which a kernel that reads whole vectors relies on.
    int8_t buffers[2][NETWORK_WIDEST] __attribute__((aligned(16))) = {{0}};
    memcpy(buffers[0], pixels, (size_t)network->layers[0].inputs);
    for (int i = 0; i < NETWORK_LAYERS; i++) {
        const layer_t *layer = &network->layers[i];
        int8_t *in = buffers[i % 2], *out = buffers[(i + 1) % 2];
        activate(in, layer->inputs, layer->input_shift);
        memset(in + layer->inputs, 0, (size_t)(NETWORK_WIDEST - layer->inputs));
        const char *error = layers_run(i, in, out);
        if (error != NULL) {
            fail("layer", error);
        }
    }
    memcpy(outputs, buffers[NETWORK_LAYERS % 2], (size_t)network->layers[NETWORK_LAYERS - 1].outputs);
}

// The index of the largest value, the first one among equals.
static int largest(const int8_t *values, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
        if (values[i] > values[best]) {
            best = i;
        }
    }
    return best;
}

int main(int argc, char **argv) {
    options_t options = parse_options(argc, argv);
    network_t network;
    const char *error = network_parse(&network, model_file, (size_t)(model_file_end - model_file));
    if (error != NULL) {
        fail("model", error);
    }

    const unsigned char *bytes = test_file;
    size_t size = (size_t)(test_file_end - test_file);
    unsigned char *own = NULL;
    if (options.file != NULL) {
        bytes = own = read_file(options.file, &size);
    }
    images_t images;
    error = images_parse(&images, bytes, size);
    if (error == NULL && images.size != network.layers[0].inputs) {
        error = "images of another size than the network's";
    }
    if (error != NULL) {
        fail(options.file != NULL ? options.file : "images", error);
    }
    if (options.images > 0 && options.images < images.count) {
        images.count = options.images;
    }

    error = layers_open(&network);
    if (error != NULL) {
        fail("network", error);
    }
    int width = network.layers[NETWORK_LAYERS - 1].outputs;
    int correct = 0;
    uint32_t checksum = 0;
    for (int i = 0; i < images.count; i++) {
        int8_t outputs[NETWORK_WIDEST];
        infer(&network, images.pixels + (size_t)i * (size_t)images.size, outputs);
        int predicted = largest(outputs, width);
        correct += predicted == images.labels[i];
        checksum = checksum_bytes(checksum, outputs, (size_t)width);
        if (options.outputs) {
            printf("%d", i);
            for (int x = 0; x < width; x++) {
                printf(" %d", outputs[x]);
            }
            printf("\n");
        }
        if (options.verbose) {
            printf("%d %d %d\n", i, predicted, images.labels[i]);
        }
    }
    layers_close();
    free(own);
    printf("images %d correct %d accuracy %.2f%% checksum %08x\n", images.count, correct,
           100.0 * correct / images.count, checksum);
    return 0;
}
