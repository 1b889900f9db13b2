/*
 * libaimc: matrix-vector multiplications on an AIMC tile.
 *
 *     aimc_device *device = NULL;
 *     aimc_matrix *matrix;
 *     aimc_error error = aimc_open(&device);
 *     if (error == AIMC_OK)
 *         error = aimc_map(device, 0, 0, rows, columns, weights, columns, &matrix);
 *     if (error == AIMC_OK)
 *         error = aimc_mvm(matrix, input, output);
 *     aimc_close(device);
 *
 * A tile is a crossbar of rows (inputs) by columns (outputs) of int8 weights. Several matrices can lie on it side by
 * side. An MVM computes output[j] = saturate_int8(sum over i of input[i] * weight[i][j]).
 *
 * Ownership: a device and its matrices are the library's memory; aimc_close frees them all. The library copies weights
 * into the tile and keeps no pointer to the caller's memory after a call returns.
 *
 * Threads: a thread has one tile, and at most one open device for it. A device and its matrices may be used only by
 * the thread that opened it (other threads get AIMC_ERR_WRONG_THREAD and change nothing); different threads work on
 * their own devices at the same time without locks. The tile is part of the core: a thread that can run on several
 * cores must be bound to one (sched_setaffinity) before aimc_open. A thread closes its device before it ends.
 *
 * Processes: where the system has a driver for the tiles (/dev/accel/accel0), an open device has its core's tile for
 * itself, and holds a file descriptor of its own, which is closed by exec. A child of fork does not have its parent's
 * tile: it must not use the parent's devices and matrices, but may close them, which the parent does not notice, and
 * open one itself.
 *
 * From aimc_open to aimc_close the program may use the instructions of isa.h on the same tile, if it leaves no queued
 * word unprocessed when it calls aimc_mvm.
 *
 * Errors: each function returns AIMC_OK or an error. After an error nothing has changed and out parameters are
 * untouched, except where said. aimc_strerror gives a sentence.
 */
#ifndef AIMC_AIMC_H
#define AIMC_AIMC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define AIMC_CHECK_RESULT __attribute__((warn_unused_result))
#else
#define AIMC_CHECK_RESULT
#endif

typedef enum aimc_error {
    AIMC_OK = 0,
    AIMC_ERR_NO_DEVICE = 1,    /* no AIMC tile on this core, or the driver's file may not be opened */
    AIMC_ERR_VERSION = 2,      /* the tile's or driver's interface is not the one the library was written for */
    AIMC_ERR_BUSY = 3,         /* the core's tile is open already: by this thread, another one or another process */
    AIMC_ERR_WRONG_THREAD = 4, /* another thread opened the device */
    AIMC_ERR_ARGUMENT = 5,     /* a null pointer, an empty matrix or a stride shorter than a row */
    AIMC_ERR_RANGE = 6,        /* the matrix does not fit in the crossbar at that place */
    AIMC_ERR_OVERLAP = 7,      /* the matrix would overwrite another mapped matrix */
    AIMC_ERR_MEMORY = 8,       /* no memory or no file descriptor for a handle */
    AIMC_ERR_DEVICE = 9        /* the tile refused a weight that is within its geometry */
} aimc_error;

typedef struct aimc_device aimc_device;
typedef struct aimc_matrix aimc_matrix;

/* What happened on the tile since aimc_open. */
typedef struct aimc_counters {
    uint64_t misuse;            /* words that did not fit, reads past the end, weights out of range; 0 if only this
                                   library used the tile */
    uint64_t saturated_outputs; /* outputs clipped to int8, over all columns of the tile: also those of other matrices
                                   that share rows with the one computed */
} aimc_counters;

/*
 * Opens the tile of the core that the calling thread runs on. Nothing is mapped on it. Safe to call from several
 * threads at once.
 *
 * Asks the driver for the tile. On a system without a driver it looks for the tile by executing an AIMC instruction
 * with SIGILL caught: the signal's handler is replaced for that moment and then restored; a SIGILL that another thread
 * meets meanwhile is passed on to the old handler. Without a driver nobody knows of other processes and threads on the
 * same core, so BUSY is only what this thread has open.
 *
 * Errors: ARGUMENT, BUSY, NO_DEVICE, VERSION, MEMORY.
 */
AIMC_CHECK_RESULT aimc_error aimc_open(aimc_device **device);

/*
 * Frees the device and every matrix still mapped on it: their handles are invalid from then on. The tile goes back to
 * the driver and its weights are lost (without a driver they stay in it). A null device is fine, as with free().
 *
 * Errors: WRONG_THREAD.
 */
aimc_error aimc_close(aimc_device *device);

/*
 * The size of the crossbar. Constant while the device is open. Either result pointer may be null.
 *
 * Errors: ARGUMENT, WRONG_THREAD.
 */
aimc_error aimc_geometry(const aimc_device *device, uint32_t *rows, uint32_t *columns);

/*
 * Programs a matrix of rows x columns int8 weights into the crossbar with its first weight at (row, column), and
 * makes a handle for it. weights[i * stride + j] multiplies input i for output j; stride is in elements and at least
 * `columns`, so that a part of a larger matrix can be mapped in place. Any offsets and sizes that fit are allowed;
 * multiples of 4 waste no words, and a small row and column offset saves time, since each MVM passes over what lies
 * before the matrix.
 *
 * Takes one CM_PARAM_WRITE per weight. After AIMC_ERR_DEVICE some weights may have been written.
 *
 * Errors: ARGUMENT, WRONG_THREAD, RANGE, OVERLAP, MEMORY, DEVICE.
 */
AIMC_CHECK_RESULT aimc_error aimc_map(aimc_device *device, uint32_t row, uint32_t column, uint32_t rows,
                                      uint32_t columns, const int8_t *weights, size_t stride, aimc_matrix **matrix);

/*
 * Frees the handle and its place in the crossbar. Costs nothing on the tile: the weights stay until others are mapped
 * there, and cannot disturb other matrices, whose MVMs drive only their own rows and read only their own columns. A
 * null matrix is fine.
 *
 * Errors: WRONG_THREAD.
 */
aimc_error aimc_unmap(aimc_matrix *matrix);

/*
 * output = saturate_int8(input * matrix): reads exactly `rows` bytes of input and writes exactly `columns` bytes of
 * output. Neither needs an alignment, and they may overlap: all input is read before any output is written.
 *
 * Errors: ARGUMENT, WRONG_THREAD.
 */
AIMC_CHECK_RESULT aimc_error aimc_mvm(aimc_matrix *matrix, const int8_t *input, int8_t *output);

/*
 * Counts of the tile since the device was opened.
 *
 * Errors: ARGUMENT, WRONG_THREAD.
 */
aimc_error aimc_statistics(const aimc_device *device, aimc_counters *counters);

/* A sentence for an error, never null, valid for ever. May be called from any thread. */
const char *aimc_strerror(aimc_error error);

#ifdef __cplusplus
}
#endif

#endif
