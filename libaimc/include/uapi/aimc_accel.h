/*
 * The interface of the driver of AIMC tiles: ioctls on /dev/accel/accel0 (major 261, minor 0; also /dev/aimc0).
 *
 * Each open file is a client of its own: contexts and buffers belong to it, their numbers mean nothing elsewhere, and
 * they end with it, that is when the last descriptor that refers to it is closed. dup, fork and SCM_RIGHTS pass the
 * client on; exec keeps it unless the descriptor is close-on-exec.
 *
 * Two ways to compute. Loosely coupled: matrices are programmed with PROGRAM, vectors lie in buffers, SUBMIT starts
 * multiplications, and a fence tells when they are done. Tightly coupled: TILE_BIND lets the threads of the calling
 * process use the AIMC instructions (aimc/isa.h) on the core that the tile belongs to. A thread without a bound tile on
 * its core dies of SIGILL at such an instruction. Between the two: TILE_REGISTERS lets the tile be reached by loads and
 * stores from any core.
 *
 * Conventions. Structures only grow at their end, numbers are never used again. Every field that is not described,
 * every `pad` and every flag that is not defined must be zero (EINVAL). An ioctl that fails changes nothing. All fail
 * with EFAULT if memory that they name cannot be read or written, with ENOTTY if there is no such command, and with
 * ENODEV while the device is lost (until RESET; poll of the file gives POLLERR | POLLHUP then). Commands that take
 * `ctx` fail with ENOENT if the client has no such context, those that take a buffer likewise. Waiting is interrupted by
 * signals (EINTR; the wait can be repeated). Times are nanoseconds of CLOCK_MONOTONIC.
 */
#ifndef UAPI_AIMC_ACCEL_H
#define UAPI_AIMC_ACCEL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIMC_ACCEL_INTERFACE 2 /* grows when something is added */
#define AIMC_ACCEL_MAJOR 261

/* DRM_COMMAND_BASE of Linux: what is below belongs to all drivers of accelerators. */
#define AIMC_ACCEL_BASE 0x40
#define AIMC_ACCEL_TYPE 'd'

/*
 * QUERY: what there is. `size` is the room at `data`; the driver writes as much of its answer as fits, clears what is
 * left of the room, and sets `size` to the length of its whole answer. With a size of 0 nothing is written.
 * Errors: EINVAL (topic; a size beyond 4096), ENOENT (no such tile or context).
 */
enum aimc_topic {
    AIMC_TOPIC_DEVICE = 0,  /* struct aimc_device_info; index is 0 (EINVAL) */
    AIMC_TOPIC_TILE = 1,    /* struct aimc_tile_info; index: number of the tile */
    AIMC_TOPIC_CONTEXT = 2, /* struct aimc_context_info; index: a context of this client */
};

struct aimc_query {
    __u32 topic;
    __u32 index;
    __u32 size;
    __u32 pad;
    __aligned_u64 data;
};

struct aimc_device_info {
    __u32 interface; /* AIMC_ACCEL_INTERFACE of the driver */
    __u32 tiles;
    __u32 rows;    /* of each tile's crossbar: inputs */
    __u32 columns; /* outputs */
    __u32 contexts_limit; /* of one client */
    __u32 batch_limit;    /* multiplications in one SUBMIT */
    __u64 buffer_limit;   /* bytes of all buffers of a client */
    __u64 job_timeout_ns;
};

struct aimc_tile_info {
    __u32 core;     /* to which it is tightly coupled */
    __u32 contexts; /* that have it */
    __u32 bound;    /* 1: the core's instructions reach it for some process */
    __u32 pad;
    __u64 mvms;
    __u64 programmed_weights;
    __u64 busy_ns; /* with jobs */
};

struct aimc_context_info {
    __u64 tile_mask;
    __u64 submitted; /* jobs: SUBMIT, PROGRAM, READBACK and CALIBRATE */
    __u64 completed; /* of them, well or with an error */
    __u64 failed;    /* of those, with an error */
    __u64 last_fence;
};

/*
 * CTX_CREATE: a context with `tiles` tiles, those of the cores in `core_mask` (0: of any). Without a flag they are its
 * own; with AIMC_CTX_SHARED it takes turns with other contexts that are shared too, and its weights are programmed anew
 * whenever it gets a tile back. Of contexts that wait for a tile the higher priority goes first.
 * Errors: EINVAL (no tiles or more than there are in core_mask, flags, priority), EBUSY (too few tiles are free), ENOSPC (the
 * client has as many contexts as it may).
 */
#define AIMC_CTX_SHARED (1u << 0)

#define AIMC_PRIORITY_LOW 0
#define AIMC_PRIORITY_NORMAL 1
#define AIMC_PRIORITY_HIGH 2

struct aimc_ctx_create {
    __u32 tiles;
    __u32 flags;
    __u32 priority;
    __u32 ctx; /* out */
    __aligned_u64 core_mask;
    __aligned_u64 tile_mask; /* out */
};

/*
 * CTX_DESTROY: jobs that have not begun fail with ECANCELED, what is under way is waited for, tiles are free again,
 * bindings end, weights are gone.
 */
struct aimc_ctx_destroy {
    __u32 ctx;
    __u32 pad;
};

/*
 * TILE_BIND: from now on the calling process uses a tile of the context by instructions, on the tile's own core.
 * Jobs of the context cannot use the tile meanwhile (EBUSY). The first instruction of a thread traps to the driver,
 * which brings what the thread had in the tile's input and output memories; these are a thread's own, weights are the
 * context's. Where contexts share the tile, instructions of each and jobs of the others take turns: the driver takes the
 * tile away after a quantum, and the next instruction waits until it has brought everything back. With AIMC_BIND_OFF
 * the binding ends. It also ends with the process, its exec, the context or the client, and is not inherited by fork.
 * Errors: EINVAL (flags; the tile is not coupled to that core), ENOENT (the context has no such tile), EBUSY (another
 * process has bound it for the context, this one has for another context; jobs of the context are under way; it is used
 * through its registers), EIO (the tile is dead), ENXIO (AIMC_BIND_OFF of what is not bound).
 */
#define AIMC_BIND_OFF (1u << 0)

struct aimc_tile_bind {
    __u32 ctx;
    __u32 tile; /* number of the tile, a bit of tile_mask */
    __u32 core;
    __u32 flags;
};

/*
 * BO_CREATE: memory for vectors and matrices, full of zeros, rounded up to whole pages.
 * Errors: EINVAL (size 0, flags), ENOMEM, ENOSPC (buffer_limit).
 */
struct aimc_bo_create {
    __aligned_u64 size; /* out: rounded up */
    __u32 flags;
    __u32 handle; /* out */
};

/* BO_MMAP: the offset with which mmap of the device file maps the buffer (MAP_SHARED; EINVAL beyond its end). */
struct aimc_bo_mmap {
    __u32 handle;
    __u32 pad;
    __aligned_u64 offset; /* out */
};

/*
 * BO_WAIT: wait until no job uses the buffer.
 * Errors: ETIME (not before `timeout_ns`; at once if that has passed), EINTR.
 */
struct aimc_bo_wait {
    __u32 handle;
    __u32 pad;
    __s64 timeout_ns;
};

/* BO_CLOSE: the handle is gone; the memory when its mappings and jobs are. */
struct aimc_bo_close {
    __u32 handle;
    __u32 pad;
};

/*
 * PROGRAM: write rows x columns weights into the crossbar from (row, column) on. The matrix is copied from memory of
 * the caller at `data`, or with AIMC_PROGRAM_BO read from a buffer at that offset when its turn has come; `stride` is
 * the distance of its rows, in bytes. A weight w stands for w * scale / 65536; the only scale of this device is 65536.
 * With AIMC_PROGRAM_VERIFY the weights are read back, and the fence's result is the number of those that differ.
 * Errors: EINVAL (empty, stride < columns, flags), ERANGE (outside of the crossbar, or of the buffer), ENOENT (tile,
 * buffer), EOPNOTSUPP (scale), EBUSY (the tile is bound), EAGAIN (as many jobs wait as the queue holds).
 */
#define AIMC_PROGRAM_BO (1u << 0)
#define AIMC_PROGRAM_VERIFY (1u << 1)

struct aimc_program {
    __u32 ctx;
    __u32 tile;
    __u32 row;
    __u32 column;
    __u32 rows;
    __u32 columns;
    __u32 stride;
    __u32 scale;
    __u32 flags;
    __u32 handle; /* with AIMC_PROGRAM_BO */
    __aligned_u64 data;
    __aligned_u64 fence; /* out */
};

/*
 * READBACK: read weights, with the fields of PROGRAM, and wait for it. Data go to memory of the caller.
 * Errors: as PROGRAM; EINTR, and then nothing was written. What the job ended with (see WAIT) is an error of this.
 */
struct aimc_readback {
    __u32 ctx;
    __u32 tile;
    __u32 row;
    __u32 column;
    __u32 rows;
    __u32 columns;
    __u32 stride;
    __u32 flags; /* 0 */
    __aligned_u64 data;
};

/*
 * SUBMIT: multiply `count` vectors. Each has `rows` int8 of input at `input_offset` of one buffer and gives `columns`
 * int8 at `output_offset` of another one or the same: output = saturate(input * matrix), the matrix being that part of
 * the tile's crossbar that begins at (row, column). They are done in order on each tile, and at once on different
 * tiles. A multiplication sees the outputs of earlier jobs of its context, not of its own batch.
 * `fence` counts the context's jobs from 1; it is reached when this and all earlier ones are done. With
 * AIMC_SUBMIT_FENCE_FD `fence_fd` is a new descriptor (close-on-exec) that polls readable from then on; with
 * AIMC_SUBMIT_EVENTFD it is an eventfd of the caller, to which 1 is added.
 * Errors: EINVAL (count 0 or beyond batch_limit, flags, both flags), ERANGE (outside of crossbar or buffer), ENOENT
 * (tile, buffer), EBUSY (a tile is bound), EBADF (eventfd), EMFILE, EAGAIN (as many jobs wait as the queue holds).
 */
#define AIMC_SUBMIT_FENCE_FD (1u << 0)
#define AIMC_SUBMIT_EVENTFD (1u << 1)

struct aimc_mvm {
    __u32 tile;
    __u32 flags; /* 0 */
    __u32 row;
    __u32 column;
    __u32 rows;
    __u32 columns;
    __u32 input;  /* handles */
    __u32 output;
    __aligned_u64 input_offset;
    __aligned_u64 output_offset;
};

struct aimc_submit {
    __u32 ctx;
    __u32 count;
    __aligned_u64 mvms; /* address of `count` struct aimc_mvm */
    __u32 flags;
    __s32 fence_fd;      /* in or out, by flags */
    __aligned_u64 fence; /* out */
};

/*
 * WAIT: until a fence is reached. `status` is 0, or what its job failed with, as a negative number: -EIO (the tile),
 * -ETIMEDOUT (it hung and was reset), -ECANCELED (before it began); `result` is what the job counted.
 * With AIMC_WAIT_POLL the core is kept busy until then, which spares interrupt and wake-up; with AIMC_WAIT_HYBRID it is
 * for a while, which is enough for short jobs, and the interrupt is waited for after that.
 * Errors: EINVAL (flags; both of them), ENOENT (a fence that was never given out, or of a job so long ago that thousands of others
 * have failed or counted something since), ETIME (not before `timeout_ns`; at once if that has
 * passed), EINTR.
 */
#define AIMC_WAIT_POLL (1u << 0)
#define AIMC_WAIT_HYBRID (1u << 1)

struct aimc_wait {
    __u32 ctx;
    __u32 flags;
    __aligned_u64 fence;
    __s64 timeout_ns;
    __s32 status;  /* out */
    __u32 result; /* out */
};

/*
 * CALIBRATE: measure a tile's drift and compensate for it; a job. An ideal device has none, and takes as long.
 * Errors: EINVAL (flags), ENOENT (tile), EBUSY (the tile is bound), EAGAIN (as many jobs wait as the queue holds).
 */
struct aimc_calibrate {
    __u32 ctx;
    __u32 tile;
    __u32 flags; /* 0 */
    __u32 pad;
    __aligned_u64 fence; /* out */
};

/*
 * ADVANCE_TIME: of simulators only: let devices age by `delta_ns` at once. No program waits for it, no clock shows it.
 * Errors: EINVAL (pad; more than a hundred years in all), EPERM (without CAP_SYS_ADMIN).
 */
struct aimc_advance_time {
    __aligned_u64 delta_ns;
    __aligned_u64 pad;
};

/*
 * GET_HEALTH: of a tile of the context. An ideal device ages, but does not drift.
 * Errors: ENOENT (tile).
 */
#define AIMC_HEALTH_DEAD (1u << 0) /* the tile fails at everything */

struct aimc_get_health {
    __u32 ctx;
    __u32 tile;
    __u64 age_ns;        /* out: since its weights were last programmed, ADVANCE_TIME included */
    __u64 calibrated_ns; /* out: since it was last calibrated, or as age_ns */
    __u64 programmed;    /* out: weights, since the machine started */
    __u32 drift_ppm;     /* out: what outputs have lost since */
    __u32 flags;         /* out: AIMC_HEALTH_DEAD */
};

/*
 * RESET: the device forgets all jobs (they fail with ECANCELED), bindings and weights; contexts and buffers stay. A
 * lost device works again.
 * Errors: EINVAL (flags), EPERM (without CAP_SYS_ADMIN).
 */
struct aimc_reset {
    __u32 flags; /* 0 */
    __u32 pad;
};

/*
 * SET_POWER: with AIMC_POWER_ON a tile of the context stays awake, with AIMC_POWER_AUTO it is suspended when nothing has
 * needed it for a while (its weights stay) and wakes when it is needed, which takes a while. Ends with the context.
 * Errors: EINVAL (state), ENOENT (tile).
 */
#define AIMC_POWER_AUTO 0
#define AIMC_POWER_ON 1

struct aimc_set_power {
    __u32 ctx;
    __u32 tile;
    __u32 state;
    __u32 pad;
};

/*
 * PERFMON: a counter of a tile of the context, since the machine started.
 * Errors: EINVAL (counter), ENOENT (tile).
 */
enum aimc_counter {
    AIMC_COUNTER_MVMS = 0,
    AIMC_COUNTER_QUEUED_WORDS = 1, /* of 4 bytes, into the tile */
    AIMC_COUNTER_DEQUEUED_WORDS = 2,
    AIMC_COUNTER_PROGRAMMED_WEIGHTS = 3,
    AIMC_COUNTER_SATURATED_OUTPUTS = 4,
    AIMC_COUNTER_ACTIVE_CELLS = 5, /* rows with input times columns, over all multiplications */
    AIMC_COUNTER_BUSY_NS = 6,      /* with jobs */
    AIMC_COUNTER_WAKES = 7,        /* how often it was woken */
};

struct aimc_perfmon {
    __u32 ctx;
    __u32 tile;
    __u32 counter;
    __u32 pad;
    __u64 value; /* out */
};

#define AIMC_IOCTL(number, type) _IOWR(AIMC_ACCEL_TYPE, AIMC_ACCEL_BASE + (number), type)

/*
 * TILE_REGISTERS: from now on the tile is used through its registers, a page that mmap of the device file maps at
 * `offset` (MAP_SHARED; EINVAL beyond its end), for as many processes and threads as map it. Jobs of the context cannot
 * use the tile meanwhile (EBUSY). With AIMC_BIND_OFF that ends, as with the context or the client; loads from a page
 * that is still mapped give all ones then, and stores do nothing.
 * Errors: EINVAL (flags), ENOENT (the context has no such tile), EOPNOTSUPP (the context shares its tiles), EBUSY (a
 * process has bound it, or jobs of the context are under way), EIO (the tile is dead), ENOMEM, ENXIO (AIMC_BIND_OFF of
 * what is not used so).
 *
 * The bus moves aligned words of 4 bytes; larger loads and stores are several, in the order of their addresses. A
 * register takes 8 bytes, of which the upper four are zero. Windows are of 64 bytes: wherever in one an access is, it
 * is of the next word. Where there is no register loads give all ones and stores do nothing. System calls cannot read or
 * write there (EFAULT).
 */
struct aimc_tile_registers {
    __u32 ctx;
    __u32 tile;
    __u32 flags; /* 0 or AIMC_BIND_OFF */
    __u32 pad;
    __aligned_u64 offset; /* out */
};

#define AIMC_REG_ID 0x00      /* AIMC_REG_IDENTITY */
#define AIMC_REG_BUSY 0x08    /* 1 while a multiplication that was started here is under way */
#define AIMC_REG_PROCESS 0x10 /* storing anything starts one, behind one that is under way */
#define AIMC_REG_STATUS 0x40  /* window of values: what CM_STATUS gives for the selector n at 8 n */
#define AIMC_REG_INPUT 0x80   /* window: stores append four int8 to the input memory */
#define AIMC_REG_OUTPUT 0xC0  /* window: loads take the next four int8 of the output memory, when they are there */
#define AIMC_REG_WINDOW 64
#define AIMC_REG_IDENTITY 0x434D4941u

#define AIMC_IOCTL_QUERY AIMC_IOCTL(0, struct aimc_query)
#define AIMC_IOCTL_CTX_CREATE AIMC_IOCTL(1, struct aimc_ctx_create)
#define AIMC_IOCTL_CTX_DESTROY AIMC_IOCTL(2, struct aimc_ctx_destroy)
#define AIMC_IOCTL_TILE_BIND AIMC_IOCTL(3, struct aimc_tile_bind)
#define AIMC_IOCTL_BO_CREATE AIMC_IOCTL(4, struct aimc_bo_create)
#define AIMC_IOCTL_BO_MMAP AIMC_IOCTL(5, struct aimc_bo_mmap)
#define AIMC_IOCTL_BO_WAIT AIMC_IOCTL(6, struct aimc_bo_wait)
#define AIMC_IOCTL_BO_CLOSE AIMC_IOCTL(7, struct aimc_bo_close)
#define AIMC_IOCTL_PROGRAM AIMC_IOCTL(8, struct aimc_program)
#define AIMC_IOCTL_READBACK AIMC_IOCTL(9, struct aimc_readback)
#define AIMC_IOCTL_SUBMIT AIMC_IOCTL(10, struct aimc_submit)
#define AIMC_IOCTL_WAIT AIMC_IOCTL(11, struct aimc_wait)
#define AIMC_IOCTL_CALIBRATE AIMC_IOCTL(12, struct aimc_calibrate)
#define AIMC_IOCTL_ADVANCE_TIME AIMC_IOCTL(13, struct aimc_advance_time)
#define AIMC_IOCTL_GET_HEALTH AIMC_IOCTL(14, struct aimc_get_health)
#define AIMC_IOCTL_RESET AIMC_IOCTL(15, struct aimc_reset)
#define AIMC_IOCTL_SET_POWER AIMC_IOCTL(16, struct aimc_set_power)
#define AIMC_IOCTL_PERFMON AIMC_IOCTL(17, struct aimc_perfmon)
#define AIMC_IOCTL_TILE_REGISTERS AIMC_IOCTL(18, struct aimc_tile_registers)

#ifdef __cplusplus
}
#endif

#endif
