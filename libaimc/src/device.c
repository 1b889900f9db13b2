/*
 * The life of a device: open, ask, close.
 */
#include "internal.h"

#include <aimc/isa.h>

#include <stdlib.h>

/*
 * The calling thread's open device. This one pointer is both the rule "one device per tile" and the proof of
 * ownership: a device that is not here was opened by another thread.
 */
static _Thread_local aimc_device *thread_device;

bool aimc_internal_is_owner(const aimc_device *device)
{
    return device == thread_device;
}

static aimc_counters read_counters(void)
{
    aimc_counters counters;
    counters.misuse = aimc_cm_status(AIMC_STATUS_MISUSE);
    counters.saturated_outputs = aimc_cm_status(AIMC_STATUS_SATURATED);
    return counters;
}

aimc_error aimc_open(aimc_device **device)
{
    uint64_t version;
    aimc_device *opened;
    aimc_error error;

    if (!device)
        return AIMC_ERR_ARGUMENT;
    if (thread_device)
        return AIMC_ERR_BUSY;
    opened = calloc(1, sizeof *opened);
    if (!opened)
        return AIMC_ERR_MEMORY;
    error = aimc_internal_take_tile(opened, &version);
    if (error == AIMC_OK && version != AIMC_INTERFACE_VERSION) {
        aimc_internal_return_tile(opened);
        error = AIMC_ERR_VERSION;
    }
    if (error != AIMC_OK) {
        free(opened);
        return error;
    }
    opened->rows = (uint32_t)aimc_cm_status(AIMC_STATUS_ROWS);
    opened->columns = (uint32_t)aimc_cm_status(AIMC_STATUS_COLUMNS);
    opened->at_open = read_counters();
    thread_device = opened;
    *device = opened;
    return AIMC_OK;
}

aimc_error aimc_close(aimc_device *device)
{
    if (!device)
        return AIMC_OK;
    if (!aimc_internal_is_owner(device))
        return AIMC_ERR_WRONG_THREAD;
    while (device->matrices) {
        aimc_matrix *matrix = device->matrices;
        device->matrices = matrix->next;
        free(matrix);
    }
    aimc_internal_return_tile(device);
    free(device);
    thread_device = NULL;
    return AIMC_OK;
}

aimc_error aimc_geometry(const aimc_device *device, uint32_t *rows, uint32_t *columns)
{
    if (!device)
        return AIMC_ERR_ARGUMENT;
    if (!aimc_internal_is_owner(device))
        return AIMC_ERR_WRONG_THREAD;
    if (rows)
        *rows = device->rows;
    if (columns)
        *columns = device->columns;
    return AIMC_OK;
}

aimc_error aimc_statistics(const aimc_device *device, aimc_counters *counters)
{
    if (!device || !counters)
        return AIMC_ERR_ARGUMENT;
    if (!aimc_internal_is_owner(device))
        return AIMC_ERR_WRONG_THREAD;
    *counters = read_counters();
    counters->misuse -= device->at_open.misuse;
    counters->saturated_outputs -= device->at_open.saturated_outputs;
    return AIMC_OK;
}

const char *aimc_strerror(aimc_error error)
{
    switch (error) {
    case AIMC_OK:
        return "success";
    case AIMC_ERR_NO_DEVICE:
        return "this core has no AIMC tile that the program may use";
    case AIMC_ERR_VERSION:
        return "the AIMC tile's or driver's interface version is not supported by this library";
    case AIMC_ERR_BUSY:
        return "the AIMC tile of this core is in use";
    case AIMC_ERR_WRONG_THREAD:
        return "the AIMC device was opened by another thread";
    case AIMC_ERR_ARGUMENT:
        return "a null pointer, an empty matrix or a stride shorter than a row";
    case AIMC_ERR_RANGE:
        return "the matrix does not fit in the crossbar at this place";
    case AIMC_ERR_OVERLAP:
        return "the matrix overlaps another mapped matrix";
    case AIMC_ERR_MEMORY:
        return "not enough memory or file descriptors";
    case AIMC_ERR_DEVICE:
        return "the AIMC tile refused a weight within its geometry";
    }
    return "unknown AIMC error";
}
