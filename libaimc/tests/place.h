/*
 * Where a thread runs, for tests that need to know. Include it first, under _GNU_SOURCE.
 */
#ifndef AIMC_TESTS_PLACE_H
#define AIMC_TESTS_PLACE_H

#include <sched.h>

/* Moves the calling thread to a core, and keeps it there. 0, or -1 if there is no such core. */
static inline int stay_on_core(int core)
{
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(core, &cores);
    return sched_setaffinity(0, sizeof cores, &cores);
}

#endif
