/*
 * What the library's sources share.
 */
#ifndef AIMC_INTERNAL_H
#define AIMC_INTERNAL_H

#include <aimc/aimc.h>
#include <aimc/driver.h>

#include <stdbool.h>

struct aimc_matrix {
    aimc_device *device;
    aimc_matrix *next; /* the device's list of mapped matrices */
    uint32_t row, column;
    uint32_t rows, columns;
};

struct aimc_device {
    aimc_driver driver; /* its file is -1 if the tile did not come from a driver */
    uint32_t rows, columns;
    aimc_counters at_open;
    aimc_matrix *matrices;
};

/* Whether the calling thread opened the device. */
bool aimc_internal_is_owner(const aimc_device *device);

/*
 * Makes the tile of this core the device's. *version is its interface version. Errors: NO_DEVICE, BUSY, MEMORY, and
 * VERSION (of the driver).
 */
aimc_error aimc_internal_take_tile(aimc_device *device, uint64_t *version);

void aimc_internal_return_tile(aimc_device *device);

/* Whether this core's instructions work; if so, *version is the tile's interface version. */
bool aimc_internal_probe(uint64_t *version);

#endif
