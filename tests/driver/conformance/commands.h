/* All commands, and for each the smallest argument that works for a context with one tile and a buffer. */
#ifndef AIMC_CONFORMANCE_COMMANDS_H
#define AIMC_CONFORMANCE_COMMANDS_H

#include "check.h"

#define COMMANDS 19

static const unsigned long commands[COMMANDS] = {
    AIMC_IOCTL_QUERY,     AIMC_IOCTL_CTX_CREATE,   AIMC_IOCTL_CTX_DESTROY, AIMC_IOCTL_TILE_BIND,
    AIMC_IOCTL_BO_CREATE, AIMC_IOCTL_BO_MMAP,      AIMC_IOCTL_BO_WAIT,     AIMC_IOCTL_BO_CLOSE,
    AIMC_IOCTL_PROGRAM,   AIMC_IOCTL_READBACK,     AIMC_IOCTL_SUBMIT,      AIMC_IOCTL_WAIT,
    AIMC_IOCTL_CALIBRATE, AIMC_IOCTL_ADVANCE_TIME, AIMC_IOCTL_GET_HEALTH,  AIMC_IOCTL_RESET,
    AIMC_IOCTL_SET_POWER, AIMC_IOCTL_PERFMON,      AIMC_IOCTL_TILE_REGISTERS,
};

/* One argument for each command, and what they point to. */
struct arguments {
    struct aimc_query query;
    struct aimc_ctx_create create;
    struct aimc_ctx_destroy destroy;
    struct aimc_tile_bind bind;
    struct aimc_bo_create bo_create;
    struct aimc_bo_mmap bo_mmap;
    struct aimc_bo_wait bo_wait;
    struct aimc_bo_close bo_close;
    struct aimc_program program;
    struct aimc_readback readback;
    struct aimc_submit submit;
    struct aimc_wait wait;
    struct aimc_calibrate calibrate;
    struct aimc_advance_time advance;
    struct aimc_get_health health;
    struct aimc_reset reset;
    struct aimc_set_power power;
    struct aimc_perfmon perfmon;
    struct aimc_tile_registers registers;
    struct aimc_device_info info;
    struct aimc_mvm mvm;
    int8_t weights[4];
};

HELPER void prepare(struct arguments *all, struct context context, uint32_t handle)
{
    *all = (struct arguments){
        .query = {.size = sizeof all->info, .data = (uintptr_t)&all->info},
        .create = {.tiles = 1, .flags = AIMC_CTX_SHARED},
        .destroy = {.ctx = context.ctx},
        .bind = {.ctx = context.ctx, .tile = context.tile},
        .bo_create = {.size = 1},
        .bo_mmap = {.handle = handle},
        .bo_wait = {.handle = handle},
        .bo_close = {.handle = handle},
        .program = {.ctx = context.ctx, .tile = context.tile, .rows = 2, .columns = 2, .stride = 2, .scale = 65536,
                    .data = (uintptr_t)all->weights},
        .readback = {.ctx = context.ctx, .tile = context.tile, .rows = 2, .columns = 2, .stride = 2,
                     .data = (uintptr_t)all->weights},
        .submit = {.ctx = context.ctx, .count = 1, .mvms = (uintptr_t)&all->mvm},
        .wait = {.ctx = context.ctx, .fence = 1, .timeout_ns = FOREVER},
        .calibrate = {.ctx = context.ctx, .tile = context.tile},
        .advance = {.delta_ns = 1},
        .health = {.ctx = context.ctx, .tile = context.tile},
        .power = {.ctx = context.ctx, .tile = context.tile, .state = AIMC_POWER_AUTO},
        .perfmon = {.ctx = context.ctx, .tile = context.tile, .counter = AIMC_COUNTER_MVMS},
        .registers = {.ctx = context.ctx, .tile = context.tile},
        .mvm = {.tile = context.tile, .rows = 2, .columns = 2, .input = handle, .output = handle},
    };
}

/* The argument of a command, by its number. */
HELPER void *argument(struct arguments *all, int number)
{
    void *const places[COMMANDS] = {
        &all->query,     &all->create,  &all->destroy, &all->bind,
        &all->bo_create, &all->bo_mmap, &all->bo_wait, &all->bo_close,
        &all->program,   &all->readback, &all->submit, &all->wait,
        &all->calibrate, &all->advance, &all->health,  &all->reset,
        &all->power,     &all->perfmon, &all->registers,
    };
    return places[number];
}

HELPER size_t size_of(int number)
{
    return _IOC_SIZE(commands[number]);
}

#endif
