/*
 * The software tile of each thread.
 */
#include <aimc/software_tile.h>

#include <pthread.h>

static _Thread_local aimc_software_tile *thread_tile;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key;

static void stop(const char *problem)
{
    fprintf(stderr, "libaimc: %s\n", problem);
    abort();
}

/* Runs when a thread ends; a thread's tile is also the value of its key, only for this. */
static void free_tile(void *value)
{
    aimc_software_tile *tile = value;
    aimc_software_tile_finish(tile);
    free(tile);
}

static void make_key(void)
{
    if (pthread_key_create(&key, free_tile))
        stop("no thread key for the software tile");
}

int aimc_software_tile_configure(uint32_t rows, uint32_t columns)
{
    aimc_software_tile *tile = malloc(sizeof *tile);
    if (!tile)
        return -1;
    if (aimc_software_tile_init(tile, rows, columns)) {
        free(tile);
        return -1;
    }
    pthread_once(&key_once, make_key);
    if (pthread_setspecific(key, tile)) {
        free_tile(tile);
        return -1;
    }
    if (thread_tile)
        free_tile(thread_tile);
    thread_tile = tile;
    return 0;
}

aimc_software_tile *aimc_software_tile_current(void)
{
    if (!thread_tile) {
        uint32_t rows = AIMC_SOFTWARE_TILE_ROWS, columns = AIMC_SOFTWARE_TILE_COLUMNS;
        aimc_software_tile_geometry(&rows, &columns);
        if (aimc_software_tile_configure(rows, columns))
            stop("no memory for the software tile");
    }
    return thread_tile;
}
