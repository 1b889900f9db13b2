/*
 * Matrices on the crossbar: programming them and multiplying by them.
 */
#include "internal.h"

#include <aimc/isa.h>

#include <stdlib.h>
#include <string.h>

/* Bytes in one word of the input and output memories. */
enum { WORD = 4 };

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Four bytes as a word with the first one lowest, and back: one load or store, at any alignment. */
static inline uint32_t load(const int8_t *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, WORD);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap32(word);
#endif
    return word;
}

static inline void store(int8_t *bytes, uint32_t word)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap32(word);
#endif
    memcpy(bytes, &word, WORD);
}

/* The same for the 1 to 3 bytes at either end of a vector. */
static inline uint32_t load_part(const int8_t *bytes, uint32_t count)
{
    uint32_t word = 0;
    while (count--)
        word = word << 8 | (uint8_t)bytes[count];
    return word;
}

static inline void store_part(int8_t *bytes, uint32_t word, uint32_t count)
{
    for (; count--; word >>= 8)
        *bytes++ = (int8_t)(uint8_t)word;
}

static bool overlap(const aimc_matrix *a, const aimc_matrix *b)
{
    /* Offset plus size cannot wrap: both matrices fit in the crossbar. */
    return a->row < b->row + b->rows && b->row < a->row + a->rows && a->column < b->column + b->columns &&
           b->column < a->column + a->columns;
}

static aimc_error program(const aimc_matrix *matrix, const int8_t *weights, size_t stride)
{
    for (uint32_t i = 0; i < matrix->rows; i++)
        for (uint32_t j = 0; j < matrix->columns; j++)
            if (aimc_cm_param_write(matrix->column + j, matrix->row + i, weights[i * stride + j]) != 0)
                return AIMC_ERR_DEVICE;
    return AIMC_OK;
}

aimc_error aimc_map(aimc_device *device, uint32_t row, uint32_t column, uint32_t rows, uint32_t columns,
                    const int8_t *weights, size_t stride, aimc_matrix **matrix)
{
    aimc_matrix *mapped;
    aimc_error error;

    if (!device || !weights || !matrix || rows == 0 || columns == 0 || stride < columns)
        return AIMC_ERR_ARGUMENT;
    if (!aimc_internal_is_owner(device))
        return AIMC_ERR_WRONG_THREAD;
    /* Written so that no sum can wrap. */
    if (row >= device->rows || rows > device->rows - row || column >= device->columns ||
        columns > device->columns - column)
        return AIMC_ERR_RANGE;
    mapped = malloc(sizeof *mapped);
    if (!mapped)
        return AIMC_ERR_MEMORY;
    mapped->device = device;
    mapped->next = device->matrices;
    mapped->row = row;
    mapped->column = column;
    mapped->rows = rows;
    mapped->columns = columns;
    error = AIMC_OK;
    for (const aimc_matrix *other = device->matrices; other; other = other->next)
        if (overlap(mapped, other))
            error = AIMC_ERR_OVERLAP;
    if (error == AIMC_OK)
        error = program(mapped, weights, stride);
    if (error != AIMC_OK) {
        free(mapped);
        return error;
    }
    device->matrices = mapped;
    *matrix = mapped;
    return AIMC_OK;
}

aimc_error aimc_unmap(aimc_matrix *matrix)
{
    if (!matrix)
        return AIMC_OK;
    if (!aimc_internal_is_owner(matrix->device))
        return AIMC_ERR_WRONG_THREAD;
    for (aimc_matrix **link = &matrix->device->matrices; *link; link = &(*link)->next) {
        if (*link == matrix) {
            *link = matrix->next;
            break;
        }
    }
    free(matrix);
    return AIMC_OK;
}

/*
 * Drives the matrix's rows with the input and all rows before them with zero; those after are zero from the last MVM.
 *
 * The sizes are copied to locals: compilers assume that an asm statement may change memory.
 */
static void queue_input(const aimc_matrix *matrix, const int8_t *input)
{
    const uint32_t shift = matrix->row % WORD;
    uint32_t left = matrix->rows;

    for (uint32_t skip = matrix->row / WORD; skip; skip--)
        aimc_cm_queue(0);
    if (shift) {
        const uint32_t count = smaller(WORD - shift, left);
        aimc_cm_queue(load_part(input, count) << (8 * shift));
        input += count;
        left -= count;
    }
    for (const int8_t *end = input + left / WORD * WORD; input != end; input += WORD)
        aimc_cm_queue(load(input));
    if (left % WORD)
        aimc_cm_queue(load_part(input, left % WORD));
}

static void dequeue_output(const aimc_matrix *matrix, int8_t *output)
{
    const uint32_t shift = matrix->column % WORD;
    uint32_t left = matrix->columns;

    for (uint32_t skip = matrix->column / WORD; skip; skip--)
        (void)aimc_cm_dequeue();
    if (shift) {
        const uint32_t count = smaller(WORD - shift, left);
        store_part(output, aimc_cm_dequeue() >> (8 * shift), count);
        output += count;
        left -= count;
    }
    for (int8_t *end = output + left / WORD * WORD; output != end; output += WORD)
        store(output, aimc_cm_dequeue());
    if (left % WORD)
        store_part(output, aimc_cm_dequeue(), left % WORD);
}

aimc_error aimc_mvm(aimc_matrix *matrix, const int8_t *input, int8_t *output)
{
    if (!matrix || !input || !output)
        return AIMC_ERR_ARGUMENT;
    if (!aimc_internal_is_owner(matrix->device))
        return AIMC_ERR_WRONG_THREAD;
    queue_input(matrix, input);
    aimc_cm_process();
    dequeue_output(matrix, output);
    return AIMC_OK;
}
