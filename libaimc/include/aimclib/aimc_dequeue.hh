/*
 * AIMClib's functions that dequeue a vector. Included by aimc.hh after the operations.
 */
#ifndef AIMC_AIMCLIB_DEQUEUE_HH
#define AIMC_AIMCLIB_DEQUEUE_HH

inline void dequeueVector(int size, int8_t *v, int tid = 0)
{
    uint32_t word = 0;
    aimclib_detail::use_tile();
    for (int i = 0; i < size; i++) {
        if (i % 4 == 0)
            word = aimclib_detail::dequeue(tid);
        v[i] = (int8_t)(uint8_t)word;
        word >>= 8;
    }
}

/*
 * Trap: this is not the inverse of the scaling queueVector. AIMClib converts all of the word that is left, unsigned,
 * not its low byte as an int8_t: of outputs 1, 2, 3, -1 the first result is 0xFF030201 / 127 * max, the last 0xFF /
 * 127 * max. Dequeue int8_t and scale by hand instead. For an integer T the division is an integer one.
 */
template <typename T>
inline void dequeueVector(int size, T max, T *v, int tid = 0)
{
    uint32_t word = 0;
    aimclib_detail::use_tile();
    for (int i = 0; i < size; i++) {
        if (i % 4 == 0)
            word = aimclib_detail::dequeue(tid);
        v[i] = (T)((T)word / 127 * max);
        word >>= 8;
    }
}

#endif
