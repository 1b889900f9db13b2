/*
 * Where the tile comes from: the driver if there is one, else the core itself.
 */
#include "internal.h"

#include <aimc/isa.h>

#include <errno.h>

aimc_error aimc_internal_take_tile(aimc_device *device, uint64_t *version)
{
    switch (aimc_driver_open(&device->driver)) {
    case 0:
        *version = aimc_cm_status(AIMC_STATUS_INTERFACE_VERSION);
        return AIMC_OK;
    case ENOENT:
    case ENXIO:
    case ENODEV:
        return aimc_internal_probe(version) ? AIMC_OK : AIMC_ERR_NO_DEVICE;
    case EBUSY:
        return AIMC_ERR_BUSY;
    case ENOTTY:
        return AIMC_ERR_VERSION;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
        return AIMC_ERR_MEMORY;
    default:
        return AIMC_ERR_NO_DEVICE;
    }
}

void aimc_internal_return_tile(aimc_device *device)
{
    aimc_driver_close(&device->driver);
}
