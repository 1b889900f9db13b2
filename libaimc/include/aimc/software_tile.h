/*
 * An AIMC tile in C: what the hardware does, for hosts without one and for tests.
 *
 * The operations are inline so that AIMClib's checker (aimclib/aimc_check.hh) needs no library; only the tile that
 * belongs to a thread (aimc_software_tile_current) needs src/software_tile.c.
 *
 * A tile has no lock: use each from one thread at a time.
 */
#ifndef AIMC_SOFTWARE_TILE_H
#define AIMC_SOFTWARE_TILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The environment variable that sets the geometry of tiles nobody configured: "ROWSxCOLUMNS". */
#define AIMC_SOFTWARE_TILE_VARIABLE "AIMC_SOFTWARE_TILE_GEOMETRY"

enum {
    AIMC_SOFTWARE_TILE_ROWS = 2000, /* default geometry of the modelled hardware */
    AIMC_SOFTWARE_TILE_COLUMNS = 2000,
    /* 65536 rows of products of at most 2^14 stay within 2^30, so that sums can be 32 bits wide. */
    AIMC_SOFTWARE_TILE_LIMIT = 65536
};

typedef struct aimc_software_tile {
    uint32_t rows;
    uint32_t columns;
    int8_t *crossbar; /* rows x columns, row-major: a row holds the weights of one input */
    int8_t *input;    /* rows bytes */
    int8_t *output;   /* columns bytes */
    int32_t *sums;    /* columns, scratch space of one MVM */
    uint64_t queued;  /* position in the input memory, in bytes; runs on past the end */
    uint64_t dequeued;
    int processed; /* whether there was an MVM yet */
    uint64_t misuse;
    uint64_t saturated;
} aimc_software_tile;

static inline void aimc_software_tile_finish(aimc_software_tile *tile)
{
    free(tile->crossbar);
    free(tile->input);
    free(tile->output);
    free(tile->sums);
    memset(tile, 0, sizeof *tile);
}

/* Makes `tile` (whatever it held) a tile of zeros. Returns 0, or -1 if the geometry or the memory does not allow it. */
static inline int aimc_software_tile_init(aimc_software_tile *tile, uint32_t rows, uint32_t columns)
{
    memset(tile, 0, sizeof *tile);
    if (rows < 1 || rows > AIMC_SOFTWARE_TILE_LIMIT || columns < 1 || columns > AIMC_SOFTWARE_TILE_LIMIT)
        return -1;
    tile->rows = rows;
    tile->columns = columns;
    /* calloc leaves a large crossbar untouched until it is used: eight tiles of 16 MB cost nothing at start. */
    tile->crossbar = (int8_t *)calloc((size_t)rows * columns, 1);
    tile->input = (int8_t *)calloc(rows, 1);
    tile->output = (int8_t *)calloc(columns, 1);
    tile->sums = (int32_t *)calloc(columns, sizeof *tile->sums);
    if (tile->crossbar && tile->input && tile->output && tile->sums)
        return 0;
    aimc_software_tile_finish(tile);
    return -1;
}

/*
 * Reads the geometry from the environment into *rows and *columns, which keep their values if the variable is not set.
 * A malformed one ends the program with a message: going on with another geometry would hide the mistake.
 */
static inline void aimc_software_tile_geometry(uint32_t *rows, uint32_t *columns)
{
    const char *text = getenv(AIMC_SOFTWARE_TILE_VARIABLE);
    unsigned given_rows, given_columns;
    char rest;
    if (!text)
        return;
    if (sscanf(text, "%6u%*1[x]%6u%c", &given_rows, &given_columns, &rest) != 2 || given_rows < 1 ||
        given_rows > AIMC_SOFTWARE_TILE_LIMIT || given_columns < 1 || given_columns > AIMC_SOFTWARE_TILE_LIMIT) {
        fprintf(stderr, "%s: \"%s\" is not ROWSxCOLUMNS with 1 to %d each\n", AIMC_SOFTWARE_TILE_VARIABLE, text,
                (int)AIMC_SOFTWARE_TILE_LIMIT);
        abort();
    }
    *rows = given_rows;
    *columns = given_columns;
}

static inline void aimc_software_tile_process(aimc_software_tile *tile)
{
    uint32_t x, y;
    memset(tile->sums, 0, tile->columns * sizeof *tile->sums);
    for (y = 0; y < tile->rows; y++) {
        const int8_t *weights = tile->crossbar + (size_t)y * tile->columns;
        const int32_t factor = tile->input[y];
        if (!factor)
            continue;
        for (x = 0; x < tile->columns; x++)
            tile->sums[x] += factor * weights[x];
    }
    for (x = 0; x < tile->columns; x++) {
        const int32_t sum = tile->sums[x];
        const int32_t clipped = sum > 127 ? 127 : sum < -128 ? -128 : sum;
        tile->saturated += sum != clipped;
        tile->output[x] = (int8_t)clipped;
    }
    memset(tile->input, 0, tile->rows);
    tile->queued = 0;
    tile->dequeued = 0;
    tile->processed = 1;
}

/*
 * Bytes that fit are stored. In a word that crosses the end, the excess bytes must be zero padding, as the last word
 * of an odd vector has; other bytes, and any word wholly past the end, are a misuse.
 */
static inline void aimc_software_tile_queue(aimc_software_tile *tile, uint32_t word)
{
    uint32_t excess = tile->queued >= tile->rows;
    int i;
    for (i = 0; i < 4; i++) {
        const uint8_t byte = (uint8_t)(word >> (8 * i));
        if (tile->queued + (uint64_t)i < tile->rows)
            tile->input[tile->queued + (uint64_t)i] = (int8_t)byte;
        else
            excess |= byte;
    }
    tile->misuse += excess != 0;
    tile->queued += 4;
}

/*
 * A word that crosses the end is padded with zeros; a word wholly past the end is a misuse and zero. A word before the
 * tile's first MVM is a misuse too: the output memory holds no result yet.
 */
static inline uint32_t aimc_software_tile_dequeue(aimc_software_tile *tile)
{
    uint32_t word = 0;
    int i;
    for (i = 0; i < 4; i++)
        if (tile->dequeued + (uint64_t)i < tile->columns)
            word |= (uint32_t)(uint8_t)tile->output[tile->dequeued + (uint64_t)i] << (8 * i);
    tile->misuse += tile->dequeued >= tile->columns;
    tile->misuse += !tile->processed;
    tile->dequeued += 4;
    return word;
}

/* The indexes are unsigned 64-bit, as registers are: a negative int that was converted is out of range. */
static inline int8_t aimc_software_tile_param_read(aimc_software_tile *tile, uint64_t x, uint64_t y)
{
    if (x >= tile->columns || y >= tile->rows) {
        tile->misuse++;
        return 0;
    }
    return tile->crossbar[(size_t)y * tile->columns + (size_t)x];
}

static inline uint64_t aimc_software_tile_param_write(aimc_software_tile *tile, uint64_t x, uint64_t y, int8_t value)
{
    if (x >= tile->columns || y >= tile->rows) {
        tile->misuse++;
        return 1;
    }
    tile->crossbar[(size_t)y * tile->columns + (size_t)x] = value;
    return 0;
}

/* Selectors as in isa.h, whose names this header cannot use: isa.h includes it. */
static inline uint64_t aimc_software_tile_status(const aimc_software_tile *tile, uint64_t selector)
{
    switch (selector) {
    case 0:
        return 1; /* interface version */
    case 1:
        return tile->rows;
    case 2:
        return tile->columns;
    case 3:
        return tile->misuse;
    case 4:
        return tile->saturated;
    default:
        return 0;
    }
}

/*
 * The calling thread's own tile, made at its first use with the geometry of the environment or else the default, and
 * freed when the thread ends. One per thread is what hardware gives: a thread on each core, a tile in each core. Ends
 * the program with a message if there is no memory for it (an instruction has no way to report that).
 */
aimc_software_tile *aimc_software_tile_current(void);

/*
 * Replaces the calling thread's tile by one of zeros with this geometry, before or after its first use. Returns 0, or
 * -1 (and leaves the old tile) if geometry or memory do not allow it. Not while the thread has an open aimc_device.
 */
int aimc_software_tile_configure(uint32_t rows, uint32_t columns);

#ifdef __cplusplus
}
#endif

#endif
