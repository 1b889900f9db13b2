"""The driver's ABI: numbers and structures of `libaimc/include/uapi/aimc_accel.h`, which a test compares with these.

Names are those of the header, but `length` for its `size`, which a `Struct` has for itself.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag

from guest.abi.cstruct import I32, I64, U32, U64, Struct

INTERFACE = 2
MAJOR = 261
BASE = 0x40
TYPE = ord("d")
_READ_WRITE = 3


class Topic(IntEnum):
    """What QUERY tells of."""

    DEVICE = 0
    TILE = 1
    CONTEXT = 2


class CtxFlag(IntFlag):
    """Of CTX_CREATE."""

    SHARED = 1 << 0


class Priority(IntEnum):
    """Of contexts."""

    LOW = 0
    NORMAL = 1
    HIGH = 2


class BindFlag(IntFlag):
    """Of TILE_BIND and TILE_REGISTERS."""

    OFF = 1 << 0


class ProgramFlag(IntFlag):
    """Of PROGRAM."""

    BO = 1 << 0
    VERIFY = 1 << 1


class SubmitFlag(IntFlag):
    """Of SUBMIT."""

    FENCE_FD = 1 << 0
    EVENTFD = 1 << 1


class WaitFlag(IntFlag):
    """Of WAIT."""

    POLL = 1 << 0
    HYBRID = 1 << 1


class Power(IntEnum):
    """What SET_POWER asks for."""

    AUTO = 0
    ON = 1


class Counter(IntEnum):
    """What PERFMON reads, and the events of the `aimc` PMU."""

    MVMS = 0
    QUEUED_WORDS = 1
    DEQUEUED_WORDS = 2
    PROGRAMMED_WEIGHTS = 3
    SATURATED_OUTPUTS = 4
    ACTIVE_CELLS = 5
    BUSY_NS = 6
    WAKES = 7


class HealthFlag(IntFlag):
    """Of GET_HEALTH."""

    DEAD = 1 << 0


SCALE_ONE = 65536


class Query(Struct):
    """struct aimc_query."""

    topic: U32 = 0
    index: U32 = 0
    length: U32 = 0
    pad: U32 = 0
    data: U64 = 0


class DeviceInfo(Struct):
    """struct aimc_device_info."""

    interface: U32 = 0
    tiles: U32 = 0
    rows: U32 = 0
    columns: U32 = 0
    contexts_limit: U32 = 0
    batch_limit: U32 = 0
    buffer_limit: U64 = 0
    job_timeout_ns: U64 = 0


class TileInfo(Struct):
    """struct aimc_tile_info."""

    core: U32 = 0
    contexts: U32 = 0
    bound: U32 = 0
    pad: U32 = 0
    mvms: U64 = 0
    programmed_weights: U64 = 0
    busy_ns: U64 = 0


class ContextInfo(Struct):
    """struct aimc_context_info."""

    tile_mask: U64 = 0
    submitted: U64 = 0
    completed: U64 = 0
    failed: U64 = 0
    last_fence: U64 = 0


class CtxCreate(Struct):
    """struct aimc_ctx_create."""

    tiles: U32 = 0
    flags: U32 = 0
    priority: U32 = 0
    ctx: U32 = 0
    core_mask: U64 = 0
    tile_mask: U64 = 0


class CtxDestroy(Struct):
    """struct aimc_ctx_destroy."""

    ctx: U32 = 0
    pad: U32 = 0


class TileBind(Struct):
    """struct aimc_tile_bind."""

    ctx: U32 = 0
    tile: U32 = 0
    core: U32 = 0
    flags: U32 = 0


class BoCreate(Struct):
    """struct aimc_bo_create."""

    length: U64 = 0
    flags: U32 = 0
    handle: U32 = 0


class BoMmap(Struct):
    """struct aimc_bo_mmap."""

    handle: U32 = 0
    pad: U32 = 0
    offset: U64 = 0


class BoWait(Struct):
    """struct aimc_bo_wait."""

    handle: U32 = 0
    pad: U32 = 0
    timeout_ns: I64 = 0


class BoClose(Struct):
    """struct aimc_bo_close."""

    handle: U32 = 0
    pad: U32 = 0


class Program(Struct):
    """struct aimc_program."""

    ctx: U32 = 0
    tile: U32 = 0
    row: U32 = 0
    column: U32 = 0
    rows: U32 = 0
    columns: U32 = 0
    stride: U32 = 0
    scale: U32 = 0
    flags: U32 = 0
    handle: U32 = 0
    data: U64 = 0
    fence: U64 = 0


class Readback(Struct):
    """struct aimc_readback."""

    ctx: U32 = 0
    tile: U32 = 0
    row: U32 = 0
    column: U32 = 0
    rows: U32 = 0
    columns: U32 = 0
    stride: U32 = 0
    flags: U32 = 0
    data: U64 = 0


class Mvm(Struct):
    """struct aimc_mvm."""

    tile: U32 = 0
    flags: U32 = 0
    row: U32 = 0
    column: U32 = 0
    rows: U32 = 0
    columns: U32 = 0
    input: U32 = 0
    output: U32 = 0
    input_offset: U64 = 0
    output_offset: U64 = 0


class Submit(Struct):
    """struct aimc_submit."""

    ctx: U32 = 0
    count: U32 = 0
    mvms: U64 = 0
    flags: U32 = 0
    fence_fd: I32 = 0
    fence: U64 = 0


class WaitFence(Struct):
    """struct aimc_wait."""

    ctx: U32 = 0
    flags: U32 = 0
    fence: U64 = 0
    timeout_ns: I64 = 0
    status: I32 = 0
    result: U32 = 0


class Calibrate(Struct):
    """struct aimc_calibrate."""

    ctx: U32 = 0
    tile: U32 = 0
    flags: U32 = 0
    pad: U32 = 0
    fence: U64 = 0


class AdvanceTime(Struct):
    """struct aimc_advance_time."""

    delta_ns: U64 = 0
    pad: U64 = 0


class GetHealth(Struct):
    """struct aimc_get_health."""

    ctx: U32 = 0
    tile: U32 = 0
    age_ns: U64 = 0
    calibrated_ns: U64 = 0
    programmed: U64 = 0
    drift_ppm: U32 = 0
    flags: U32 = 0


class Reset(Struct):
    """struct aimc_reset."""

    flags: U32 = 0
    pad: U32 = 0


class SetPower(Struct):
    """struct aimc_set_power."""

    ctx: U32 = 0
    tile: U32 = 0
    state: U32 = 0
    pad: U32 = 0


class Perfmon(Struct):
    """struct aimc_perfmon."""

    ctx: U32 = 0
    tile: U32 = 0
    counter: U32 = 0
    pad: U32 = 0
    value: U64 = 0


class TileRegisters(Struct):
    """struct aimc_tile_registers."""

    ctx: U32 = 0
    tile: U32 = 0
    flags: U32 = 0
    pad: U32 = 0
    offset: U64 = 0


COMMANDS: tuple[type[Struct], ...] = (
    Query, CtxCreate, CtxDestroy, TileBind, BoCreate, BoMmap, BoWait, BoClose, Program, Readback, Submit, WaitFence,
    Calibrate, AdvanceTime, GetHealth, Reset, SetPower, Perfmon, TileRegisters,
)  # fmt: skip
"""The argument of each command, by its number beyond BASE."""
NAMES = (
    "QUERY", "CTX_CREATE", "CTX_DESTROY", "TILE_BIND", "BO_CREATE", "BO_MMAP", "BO_WAIT", "BO_CLOSE", "PROGRAM",
    "READBACK", "SUBMIT", "WAIT", "CALIBRATE", "ADVANCE_TIME", "GET_HEALTH", "RESET", "SET_POWER", "PERFMON",
    "TILE_REGISTERS",
)  # fmt: skip
"""Of commands, in the same order; in the header AIMC_IOCTL_ stands before them."""


def command(number: int) -> int:
    """What programs pass to ioctl for a command."""
    return _READ_WRITE << 30 | COMMANDS[number].size << 16 | TYPE << 8 | BASE + number
