/*
 * AIMClib's functions that program a matrix into the tile. Included by aimc.hh after the operations.
 *
 * The matrix's top left weight goes to column aimc_x, row aimc_y. `height` counts its rows (inputs), `width` its
 * columns (outputs). Traps: nothing is checked, so weights out of range only count as misuse; and there is no `tid`,
 * so under the checker all go to tile 0.
 */
#ifndef AIMC_AIMCLIB_TILE_HH
#define AIMC_AIMCLIB_TILE_HH

#include "aimc_convert.hh"

namespace aimclib_detail {

template <typename Weight>
inline void map_weights(int aimc_x, int aimc_y, int height, int width, Weight weight)
{
    use_tile();
    for (int x = 0; x < width; x++)
        for (int y = 0; y < height; y++)
            param_write((uint64_t)(int64_t)(x + aimc_x), (uint64_t)(int64_t)(y + aimc_y), weight(x, y));
}

} // namespace aimclib_detail

/* An array of row pointers: m[row][column]. */
inline void mapMatrix(int aimc_x, int aimc_y, int height, int width, int8_t **m)
{
    aimclib_detail::map_weights(aimc_x, aimc_y, height, width, [m](int x, int y) { return m[y][x]; });
}

/* The same, scaled so that `max` becomes 127 (see aimc_convert.hh). */
template <typename T>
inline void mapMatrix(int aimc_x, int aimc_y, int height, int width, T max, T **m)
{
    aimclib_detail::map_weights(aimc_x, aimc_y, height, width,
                                [m, max](int x, int y) { return aimclib_detail::scale<T>(m[y][x], max); });
}

/*
 * A flat array. Trap: the weight of column x, row y is m[x * width + y]. For a square matrix that is column after
 * column (the transpose of what the row pointers give). For any other the columns overlap (height > width) or leave
 * gaps (height < width), and m must have (width - 1) * width + height elements.
 */
inline void mapMatrix(int aimc_x, int aimc_y, int height, int width, int8_t *m)
{
    aimclib_detail::map_weights(aimc_x, aimc_y, height, width, [m, width](int x, int y) { return m[x * width + y]; });
}

/* The same, scaled so that `max` becomes 127 (see aimc_convert.hh). */
template <typename T>
inline void mapMatrix(int aimc_x, int aimc_y, int height, int width, T max, T *m)
{
    aimclib_detail::map_weights(aimc_x, aimc_y, height, width, [m, max, width](int x, int y) {
        return aimclib_detail::scale<T>(m[x * width + y], max);
    });
}

#endif
