/*
 * AIMClib's five operations as AIMC instructions. `tid` only matters to the checker.
 */
#ifndef AIMC_AIMCLIB_INTRINSICS_HH
#define AIMC_AIMCLIB_INTRINSICS_HH

#include "../aimc/driver.h"
#include "../aimc/isa.h"

namespace aimclib_detail {

#if AIMC_HAS_INSTRUCTIONS

__attribute__((noinline, cold)) inline void attach(bool &attached)
{
    /* What this returns is of no use here: where the tile cannot be had, the next instruction is SIGILL. */
    (void)aimc_driver_attach();
    attached = true;
}

/*
 * Before the calling thread's first instruction. Each operation of AIMClib does it, those with loops in front of them.
 *
 * The tile is kept until the process ends, longer than the thread lives: programs may map weights in one thread and
 * multiply in a later one on the same core.
 */
inline void use_tile()
{
    static thread_local bool attached;
    if (__builtin_expect(!attached, 0))
        attach(attached);
}

#else

inline void use_tile() {}

#endif

/* What queue, dequeue and mapMatrix are made of. */
inline void queue(uint32_t word, int)
{
    aimc_cm_queue(word);
}

inline uint32_t dequeue(int)
{
    return aimc_cm_dequeue();
}

inline uint64_t param_write(uint64_t x, uint64_t y, int8_t value)
{
    return aimc_cm_param_write(x, y, value);
}

} // namespace aimclib_detail

inline void aimcProcess(int = 0)
{
    aimclib_detail::use_tile();
    aimc_cm_process();
}

/* Appends the low 32 bits: 4 int8 values, low byte first. */
inline void aimcQueue(uint64_t rm, int = 0)
{
    aimclib_detail::use_tile();
    aimc_cm_queue((uint32_t)rm);
}

inline uint64_t aimcDequeue(int = 0)
{
    aimclib_detail::use_tile();
    return aimc_cm_dequeue();
}

/* The weight of column rm (x), row rn (y), sign-extended to 64 bits. Trap: `ra` is unused but has no default. */
inline uint64_t aimcParamRead(uint64_t rm, uint64_t rn, uint64_t, int = 0)
{
    aimclib_detail::use_tile();
    return (uint64_t)(int64_t)aimc_cm_param_read(rm, rn);
}

/* Writes the low 8 bits of ra to column rm (x), row rn (y). Returns 0, or 1 out of range. */
inline uint64_t aimcParamWrite(uint64_t rm, uint64_t rn, uint64_t ra, int = 0)
{
    aimclib_detail::use_tile();
    return aimc_cm_param_write(rm, rn, (int8_t)(uint8_t)ra);
}

#endif
