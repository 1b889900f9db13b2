/*
 * AIMClib's five operations as AIMC instructions. `tid` only matters to the checker.
 */
#ifndef AIMC_AIMCLIB_INTRINSICS_HH
#define AIMC_AIMCLIB_INTRINSICS_HH

#include "../aimc/isa.h"

inline void aimcProcess(int = 0)
{
    aimc_cm_process();
}

/* Appends the low 32 bits: 4 int8 values, low byte first. */
inline void aimcQueue(uint64_t rm, int = 0)
{
    aimc_cm_queue((uint32_t)rm);
}

inline uint64_t aimcDequeue(int = 0)
{
    return aimc_cm_dequeue();
}

/* The weight of column rm (x), row rn (y), sign-extended to 64 bits. Trap: `ra` is unused but has no default. */
inline uint64_t aimcParamRead(uint64_t rm, uint64_t rn, uint64_t, int = 0)
{
    return (uint64_t)(int64_t)aimc_cm_param_read(rm, rn);
}

/* Writes the low 8 bits of ra to column rm (x), row rn (y). Returns 0, or 1 out of range. */
inline uint64_t aimcParamWrite(uint64_t rm, uint64_t rn, uint64_t ra, int = 0)
{
    return aimc_cm_param_write(rm, rn, (int8_t)(uint8_t)ra);
}

#endif
