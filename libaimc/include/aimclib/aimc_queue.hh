/*
 * AIMClib's functions that queue a vector. Included by aimc.hh after the operations.
 */
#ifndef AIMC_AIMCLIB_QUEUE_HH
#define AIMC_AIMCLIB_QUEUE_HH

#include "aimc_convert.hh"

namespace aimclib_detail {

/*
 * Queues size values that `value(i)` gives, four to a word; the last word is padded with zeros. Trap: one word is
 * queued even for a size of 0 or less.
 */
template <typename Value>
inline void queue_values(int size, int tid, Value value)
{
    int i = 0;
    use_tile();
    for (; i + 4 < size; i += 4)
        queue((uint32_t)(uint8_t)value(i) | (uint32_t)(uint8_t)value(i + 1) << 8 |
                  (uint32_t)(uint8_t)value(i + 2) << 16 | (uint32_t)(uint8_t)value(i + 3) << 24,
              tid);
    uint32_t last = 0;
    for (int shift = 0; i < size; i++, shift += 8)
        last |= (uint32_t)(uint8_t)value(i) << shift;
    queue(last, tid);
}

} // namespace aimclib_detail

inline void queueVector(int size, int8_t *v, int tid = 0)
{
    aimclib_detail::queue_values(size, tid, [v](int i) { return v[i]; });
}

/* Values are scaled so that `max` becomes 127; see aimc_convert.hh for those that do not fit. */
template <typename T>
inline void queueVector(int size, T max, T *v, int tid = 0)
{
    aimclib_detail::queue_values(size, tid, [v, max](int i) { return aimclib_detail::scale<T>(v[i], max); });
}

#endif
