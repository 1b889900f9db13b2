// How often a benchmark program does its work: its first argument, or once.
#pragma once
#include <stdlib.h>

static inline long rounds_wanted(int argc, char **argv) {
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
    return rounds > 0 ? rounds : 1;
}
