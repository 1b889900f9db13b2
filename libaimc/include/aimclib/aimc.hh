/*
 * The C++ face of ALPINE's AIMClib: programs written for it compile unchanged against this folder.
 *
 * - On AArch64 the operations are AIMC instructions (aimc_intrinsics.hh). `tid` is ignored: a thread reaches the tile
 *   of the core it runs on. Its first operation takes that tile from the driver, if there is one, for as long as the
 *   process lives. From then on it must stay on that core; and a child of fork does not have the tile.
 * - With -DUSE_CHECKER, on any machine, they work on software tiles, one per `tid`, in the global object `aimc`
 *   (aimc_check.hh). Nothing needs to be linked.
 * - On another machine without -DUSE_CHECKER they work on the thread's software tile, and the library's sources must
 *   be linked.
 *
 * What the functions compute is AIMClib's behaviour, traps included; a comment names each trap. New programs are
 * better served by aimc/aimc.h.
 */
#ifndef AIMC_AIMCLIB_AIMC_HH
#define AIMC_AIMCLIB_AIMC_HH

/* AIMClib's programs use int8_t and rand() without including anything else. */
#include <stdint.h>
#include <stdlib.h>

#if defined(LOOSELY_COUPLED_MMIO)
#error "LOOSELY_COUPLED_MMIO: there is no memory-mapped AIMC tile here; build without it to use the AIMC instructions"
#endif

#if defined(USE_CHECKER)
#include "aimc_check.hh"
#else
#include "aimc_intrinsics.hh"
#endif

#include "aimc_dequeue.hh"
#include "aimc_queue.hh"
#include "aimc_tile.hh"

#endif
