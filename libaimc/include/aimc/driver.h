/*
 * How a thread gets the tile of its core from the operating system's driver (uapi/aimc_accel.h).
 *
 * aimc.h and the AIMClib face do it by themselves. A program of bare instructions (isa.h) calls
 *
 *     aimc_driver_attach();
 *
 * before the first one; without it the first one is SIGILL. On a system that has tiles but no driver there is no
 * device file either, and the instructions work without asking.
 *
 * All is in this header; nothing needs to be linked. System calls are made directly, so that errno stays as it is and
 * no names of the C library are needed, which it may hide under -std=c11. Where isa.h works on the software tile
 * there is no driver (ENODEV).
 *
 * fork: the tile stays with the parent. The child may attach for itself, on another core or when the parent is done.
 */
#ifndef AIMC_DRIVER_H
#define AIMC_DRIVER_H

#include "isa.h"

#include <errno.h>
#include <stdint.h>

/* A client of the driver: an open file with one context, whose tile is bound. */
typedef struct aimc_driver {
    int32_t file; /* -1: none */
    int32_t process;
    uint32_t context;
} aimc_driver;

#if AIMC_HAS_INSTRUCTIONS

#include "../uapi/aimc_accel.h"

#include <asm/unistd.h>

#define AIMC_DRIVER_PATH "/dev/accel/accel0"

/* O_RDWR | O_CLOEXEC. <fcntl.h> would bring more names than a program may expect, and <linux/fcntl.h> bars it. */
#define AIMC_DRIVER_OPEN_FLAGS 02000002

/* A system call; the negative number of an error if it fails. */
static inline int64_t aimc_driver_call(int64_t number, int64_t first, int64_t second, int64_t third)
{
    int64_t result;
    __asm__ __volatile__("mov x8, %[number]\n\t"
                         "mov x0, %[first]\n\t"
                         "mov x1, %[second]\n\t"
                         "mov x2, %[third]\n\t"
                         "mov x3, xzr\n\t"
                         "svc #0\n\t"
                         "mov %[result], x0"
                         : [result] "=r"(result)
                         : [number] "r"(number), [first] "r"(first), [second] "r"(second), [third] "r"(third)
                         : "x0", "x1", "x2", "x3", "x8", "memory");
    return result;
}

static inline int aimc_driver_ioctl(const aimc_driver *driver, uint32_t command, void *argument)
{
    return (int)-aimc_driver_call(__NR_ioctl, driver->file, command, (int64_t)(uintptr_t)argument);
}

/* Gives the tile back. In a child of fork, which has the file but not the tile, only the file is closed. */
static inline void aimc_driver_close(aimc_driver *driver)
{
    struct aimc_ctx_destroy destroy = {driver->context, 0};
    if (driver->file < 0)
        return;
    /* Closing alone leaves the tile taken for as long as a child of fork has the file. */
    if (aimc_driver_call(__NR_getpid, 0, 0, 0) == driver->process)
        (void)aimc_driver_ioctl(driver, AIMC_IOCTL_CTX_DESTROY, &destroy);
    (void)aimc_driver_call(__NR_close, driver->file, 0, 0);
    driver->file = -1;
}

/*
 * Takes the tile of the core that the calling thread runs on, for this client alone, and binds it to this process.
 * The thread must stay on the core.
 *
 * Returns 0 or the number of an error, and then nothing is open: ENOENT, ENXIO, ENODEV (there is no driver), EBUSY
 * (another client has the tile), EINVAL (the core has none), or what else open gives.
 */
static inline int aimc_driver_open(aimc_driver *driver)
{
    struct aimc_ctx_create create = {1, 0, AIMC_PRIORITY_NORMAL, 0, 0, 0};
    struct aimc_tile_bind bind = {0, 0, 0, 0};
    uint32_t core = 0;
    int64_t file;
    int error;

    driver->file = -1;
    driver->context = 0;
    file = aimc_driver_call(__NR_openat, -1, (int64_t)(uintptr_t)AIMC_DRIVER_PATH, AIMC_DRIVER_OPEN_FLAGS);
    if (file < 0)
        return (int)-file;
    driver->file = (int32_t)file;
    driver->process = (int32_t)aimc_driver_call(__NR_getpid, 0, 0, 0);
    (void)aimc_driver_call(__NR_getcpu, (int64_t)(uintptr_t)&core, 0, 0);
    create.core_mask = core < 64 ? UINT64_C(1) << core : 0;
    error = create.core_mask ? aimc_driver_ioctl(driver, AIMC_IOCTL_CTX_CREATE, &create) : EINVAL;
    if (!error) {
        driver->context = create.ctx;
        bind.ctx = create.ctx;
        bind.tile = (uint32_t)__builtin_ctzll(create.tile_mask);
        bind.core = core;
        error = aimc_driver_ioctl(driver, AIMC_IOCTL_TILE_BIND, &bind);
    }
    if (error)
        aimc_driver_close(driver);
    return error;
}

/*
 * Makes the instructions work for the calling thread, on its core, until the process ends or executes another program.
 * Once per thread is enough; more does no harm.
 *
 * The result matters only to who wants to know more than whether the first instruction is SIGILL. It is that of
 * aimc_driver_open. With EBUSY instructions work if the tile belongs to another thread of this process: the two then
 * share its weights, but not its input and output memories.
 */
static inline int aimc_driver_attach(void)
{
    /* The file is left open: it ends with the process. */
    aimc_driver driver;
    return aimc_driver_open(&driver);
}

#else

static inline void aimc_driver_close(aimc_driver *driver)
{
    driver->file = -1;
}

static inline int aimc_driver_open(aimc_driver *driver)
{
    driver->file = -1;
    return ENODEV;
}

static inline int aimc_driver_attach(void)
{
    return ENODEV;
}

#endif

#endif
