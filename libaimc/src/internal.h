/*
 * What the library's sources share.
 */
#ifndef AIMC_INTERNAL_H
#define AIMC_INTERNAL_H

#include <aimc/aimc.h>

#include <stdbool.h>

struct aimc_matrix {
    aimc_device *device;
    aimc_matrix *next; /* the device's list of mapped matrices */
    uint32_t row, column;
    uint32_t rows, columns;
};

struct aimc_device {
    uint32_t rows, columns;
    aimc_counters at_open;
    aimc_matrix *matrices;
};

/* Whether the calling thread opened the device. */
bool aimc_internal_is_owner(const aimc_device *device);

/* Whether this core has a tile; if so, *version is its interface version. */
bool aimc_internal_probe(uint64_t *version);

#endif
