// For programs that take the tile and misuse it on purpose: prints what it has counted.
#pragma once

#include <aimc/driver.h>
#include <aimc/isa.h>

#include <inttypes.h>
#include <stdio.h>

static inline void aimc_report(const char *when) {
    printf("%s: misuse %" PRIu64 ", saturated %" PRIu64 "\n", when, aimc_cm_status(AIMC_STATUS_MISUSE),
           aimc_cm_status(AIMC_STATUS_SATURATED));
}
