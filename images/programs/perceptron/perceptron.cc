/*
 * One fully connected layer of 1024 x 1024 int8 weights on the AIMC tile, 10 inferences, through the AIMClib face.
 *
 * Weights and inputs are random, drawn in the order in which AIMClib's own example draws them (for each input vector
 * element the input, then the unused initial value of the output; then the weights), so that the two programs compute
 * the same. The checksum folds the outputs in order, h = 31 * h + byte in 32 bits from 0. It depends on the C
 * library's rand(): cdb59f94 with glibc, 07310e32 with musl.
 */
#include "aimc.hh"

#include <stdio.h>

#include <vector>

typedef std::vector<int8_t> Vector;

int main()
{
    const int size = 1024;
    const int inferences = 10;

    std::vector<Vector> inputs(inferences, Vector(size));
    std::vector<Vector> outputs(inferences, Vector(size));
    for (int i = 0; i < inferences; i++) {
        for (int j = 0; j < size; j++) {
            inputs[i][j] = (int8_t)rand();
            outputs[i][j] = (int8_t)rand();
        }
    }
    Vector weights(size * size);
    for (int8_t &weight : weights)
        weight = (int8_t)rand();

    mapMatrix(0, 0, size, size, weights.data());

    uint32_t checksum = 0;
    for (int i = 0; i < inferences; i++) {
        queueVector(size, inputs[i].data());
        aimcProcess();
        dequeueVector(size, outputs[i].data());
        for (int8_t output : outputs[i])
            checksum = 31 * checksum + (uint8_t)output;
    }

    printf("%d inferences of %d x %d, checksum %08x\n", inferences, size, size, (unsigned)checksum);
    return 0;
}
