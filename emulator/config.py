"""Hardware configuration: one declaration per value, with unit, range and meaning.

The declarations are the documentation: presets are checked against them, `aimc presets show` prints them, `--set`
finds keys and units through them. Values come from above (a preset file gives each with its source); nothing here has
a default for a physical quantity, so that a preset that forgets one is an error.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


@dataclass(frozen=True)
class Key:
    """What is known about one configuration value besides the value itself."""

    unit: str
    """Unit in the notation of the `pint` library; "" for a plain number, flag or name."""
    doc: str
    low: float = float("-inf")
    high: float = float("inf")


def key(unit: str, doc: str, low: float = float("-inf"), high: float = float("inf")) -> Any:
    """Declare a configuration value: a dataclass field that carries a `Key` (both bounds inclusive)."""
    return dataclasses.field(metadata={"key": Key(unit, doc, low, high)})


class InvalidHardware(ValueError):
    """Values that are each in their range but do not fit together; the message says which."""


class Compat(StrEnum):
    """Whose behaviour the tile shows where implementations differ."""

    NONE = "none"
    ALPINE = "alpine"


class Numerics(StrEnum):
    """How a tile computes an MVM."""

    EXACT = "exact"


class DramProfile(StrEnum):
    """Whose figures the energy of main memory follows."""

    ALPINE = "alpine"
    """A fixed energy per access, nothing for standby."""
    DDR4 = "ddr4"
    LPDDR4 = "lpddr4"


class Replacement(StrEnum):
    """Which line of a set makes room for another one."""

    LRU = "lru"
    """The one used least recently."""
    FIFO = "fifo"
    """The one that was fetched first."""
    RANDOM = "random"
    """Any, by a generator that begins alike in each run."""


class ZeroPage(StrEnum):
    """What a read sees of memory that nobody wrote."""

    SHARED = "shared"
    PRIVATE = "private"


class Fidelity(StrEnum):
    """How cycles are found."""

    FUNCTIONAL = "functional"
    TIMING = "timing"


@dataclass(frozen=True)
class CoreConfig:
    """One class of cores; all cores of a machine are alike."""

    frequency_hz: float = key("Hz", "core clock", 1e3, 1e12)
    count: int = key("", "number of cores, each with one AIMC tile", 1, 64)
    slice_cycles: int = key("cycle", "longest run of one core ahead of the others", 1, 10**12)
    skew_cycles: int = key("cycle", "lead over the slowest core allowed at a synchronising instruction", 0, 10**9)


@dataclass(frozen=True)
class CpiConfig:
    """Cycles per instruction of each class, at `functional` fidelity. AIMC instructions take theirs from the tile."""

    integer: float = key("cycle", "integer arithmetic, logic, moves, shifts, no-operation", 0, 1e4)
    multiply: float = key("cycle", "integer multiply and multiply-add", 0, 1e4)
    divide: float = key("cycle", "integer divide", 0, 1e4)
    simd: float = key("cycle", "floating-point and SIMD arithmetic", 0, 1e4)
    simd_divide: float = key("cycle", "floating-point and SIMD divide and square root", 0, 1e4)
    load: float = key("cycle", "load of one register", 0, 1e4)
    load_multiple: float = key("cycle", "load of a pair or of several SIMD registers", 0, 1e4)
    store: float = key("cycle", "store of one register", 0, 1e4)
    store_multiple: float = key("cycle", "store of a pair or of several SIMD registers", 0, 1e4)
    atomic: float = key("cycle", "exclusive, acquire, release or atomic access", 0, 1e4)
    branch: float = key("cycle", "branch, call or return", 0, 1e4)
    system: float = key("cycle", "barrier, system register, cache maintenance, hint, system call", 0, 1e4)
    unknown: float = key("cycle", "instruction that the decoder does not know", 0, 1e4)


@dataclass(frozen=True)
class PipelineConfig:
    """The in-order pipeline, at `timing` fidelity. AIMC instructions take their latencies from the tile."""

    alu_cycles: int = key("cycle", "integer operation, from issue to commit", 1, 1000)
    multiply_cycles: int = key("cycle", "integer multiply, from issue to commit", 1, 1000)
    divide_cycles: int = key("cycle", "integer divide; the next one waits so long", 1, 1000)
    simd_cycles: int = key("cycle", "floating-point or SIMD operation, from issue to commit", 1, 1000)
    forward_cycles: int = key("cycle", "how long before its commit a result can be used by ALU and SIMD", 0, 1000)
    load_extra_cycles: int = key("cycle", "latency of a load that is assumed when what depends on it issues", 0, 1000)
    decode_buffer_entries: int = key("", "entries, of two instructions, of the buffer before decoding", 1, 15)
    execute_buffer_entries: int = key("", "entries, of two micro-operations, of the buffer before issue", 1, 15)
    store_buffer_entries: int = key("", "entries of the store buffer", 1, 16)


@dataclass(frozen=True)
class CacheConfig:
    """One level of caches, at `timing` fidelity: write-back, write-allocate."""

    size_bytes: int = key("byte", "capacity of one cache", 64, 1 << 40)
    ways: int = key("", "associativity", 1, 1024)
    latency_cycles: int = key("cycle", "from request to data, if the line is there", 1, 10**6)
    response_cycles: int = key("cycle", "what a fill from the next level adds", 0, 10**6)
    miss_registers: int = key("", "misses that may be under way at once", 1, 1024)
    replacement: Replacement = key("", "which line of a set makes room: lru, fifo or random")


@dataclass(frozen=True)
class PrefetchConfig:
    """The stride prefetcher of each first-level data cache, at `timing` fidelity."""

    streams: int = key("", "streams of misses that are followed at once; 0: nothing is prefetched", 0, 64)
    trigger: int = key("", "misses in sequence, at most four lines apart, after which the next are prefetched", 2, 64)
    depth: int = key("", "lines that are prefetched ahead of the last one used", 1, 8)


@dataclass(frozen=True)
class PredictorConfig:
    """The tournament branch predictor, at `timing` fidelity. All sizes are powers of two."""

    local_history_entries: int = key("", "branches whose own histories are kept", 1, 1 << 24)
    local_counter_entries: int = key("", "two-bit counters by a branch's own history", 1, 1 << 24)
    global_counter_entries: int = key(
        "", "two-bit counters by the history of all branches, and as many that choose between both", 1, 1 << 24
    )
    btb_entries: int = key("", "entries of the branch target buffer", 1, 1 << 24)
    return_entries: int = key("", "entries of the return stack", 1, 1 << 16)
    indirect_sets: int = key("", "sets of the table of indirect targets", 1, 1 << 24)
    indirect_ways: int = key("", "associativity of the table of indirect targets", 1, 1 << 10)


@dataclass(frozen=True)
class TlbConfig:
    """Translation of addresses, at `timing` fidelity: pages of 4 KiB, one micro TLB each for instructions and data."""

    micro_entries: int = key("", "entries of each micro TLB; 0: translation costs nothing", 0, 4096)
    entries: int = key("", "entries of the main TLB of a core", 1, 1 << 20)
    ways: int = key("", "associativity of the main TLB", 1, 1 << 20)
    latency_cycles: int = key("cycle", "what a look-up in the main TLB adds", 0, 10**6)
    walk_entries: int = key("", "entries of the walk cache: tables of the last level", 1, 1 << 20)
    walk_ways: int = key("", "associativity of the walk cache", 1, 1 << 20)


@dataclass(frozen=True)
class CoherenceConfig:
    """What caches pass on to each other, and how those of several cores agree, at `timing` fidelity."""

    line_bytes: int = key("byte", "a line of any cache, a power of two", 32, 1024)
    bus_bytes: int = key("byte", "how much of a line comes to a first-level cache in a cycle", 1, 1024)
    transfer_cycles: int = key("cycle", "from a miss to the data, if another core's cache has to give them", 0, 10**6)


@dataclass(frozen=True)
class DramConfig:
    """Main memory and its controller, at `timing` fidelity: one channel, rows stay open for a while."""

    banks: int = key("", "banks of the channel", 1, 1024)
    row_bytes: int = key("byte", "bytes of a row over all devices", 64, 1 << 30)
    row_accesses: int = key("", "accesses after which an open row is closed", 1, 10**6)
    frontend_ns: float = key("ns", "from the cache to the memory's scheduler", 0, 1e6)
    backend_ns: float = key("ns", "from the memory's data bus to the cache", 0, 1e6)
    bus_ns: float = key("ns", "memory bus there and back, for what needs no data of memory", 0, 1e6)
    activate_ns: float = key("ns", "opening a row (tRCD)", 0, 1e6)
    column_ns: float = key("ns", "from the column's address to data (tCL)", 0, 1e6)
    precharge_ns: float = key("ns", "closing a row (tRP)", 0, 1e6)
    burst_ns: float = key("ns", "transfer of a line (tBURST)", 0, 1e6)
    write_to_read_ns: float = key("ns", "turning the data bus round after writes (tWTR)", 0, 1e6)
    write_high: int = key("", "queued writes at which they are drained", 1, 10**6)
    write_low: int = key("", "queued writes at which draining ends", 0, 10**6)


@dataclass(frozen=True)
class TileConfig:
    """One AIMC tile: geometry, latencies and numerics."""

    rows: int = key("", "crossbar rows = length of the input vector", 1, 65536)
    columns: int = key("", "crossbar columns = length of the output vector", 1, 65536)
    numerics: Numerics = key("", "how an MVM is computed")
    output_shift: int = key("bit", "accumulators are divided by 2^shift (rounded to nearest) before saturation", 0, 31)
    mvm_ns: float = key("ns", "latency of one matrix-vector multiplication", 0, 1e9)
    queue_ns: float = key("ns", "latency of queueing one 4-byte word", 0, 1e9)
    dequeue_ns: float = key("ns", "latency of dequeueing one 4-byte word", 0, 1e9)
    parameter_read_ns: float = key("ns", "latency of reading one weight back", 0, 1e9)
    parameter_write_ns: float = key("ns", "latency of programming one weight", 0, 1e9)
    status_ns: float = key("ns", "latency of reading one status word", 0, 1e9)
    register_read_ns: float = key("ns", "loading 4 bytes from a tile's register page", 0, 1e9)
    register_write_ns: float = key("ns", "storing 4 bytes to a tile's register page", 0, 1e9)


@dataclass(frozen=True)
class EnergyConfig:
    """Energy per event and static power, per component."""

    core_active_pj_per_cycle: float = key("pJ/cycle", "dynamic energy of a core that executes, per cycle", 0, 1e6)
    core_leakage_mw: float = key("mW", "static power of a core, that which is left when its clock is stopped", 0, 1e6)
    core_idle_mw: float = key("mW", "power of a core that waits with its clock on, leakage included", 0, 1e6)
    core_off_mw: float = key("mW", "power of a core that is switched off", 0, 1e6)
    l1_read_pj: float = key("pJ", "one read of 64 bits from an L1 cache", 0, 1e6)
    l1_write_pj: float = key("pJ", "one write of 64 bits to an L1 cache", 0, 1e6)
    l1_line_read_pj: float = key("pJ", "reading a line from an L1 cache, to write it back", 0, 1e6)
    l1_line_write_pj: float = key("pJ", "writing a line that was fetched into an L1 cache", 0, 1e6)
    l1_fetch_pj_per_instruction: float = key("pJ", "instruction fetch from L1, per instruction", 0, 1e6)
    l1_static_mw: float = key("mW", "static power of one L1 cache; a core has two", 0, 1e6)
    l2_read_pj: float = key("pJ", "reading a line from the L2 cache", 0, 1e6)
    l2_write_pj: float = key("pJ", "writing a line to the L2 cache", 0, 1e6)
    l2_static_mw: float = key("mW", "static power of the L2 cache", 0, 1e6)
    dram_profile: DramProfile = key("", "whose energy of main memory: alpine (per access), ddr4 or lpddr4 (per bit)")
    dram_pj_per_access: float = key("pJ", "profile alpine: one access of a line", 0, 1e6)
    ddr4_pj_per_bit: float = key("pJ/bit", "profile ddr4: reading or writing", 0, 1e6)
    ddr4_static_mw: float = key("mW", "profile ddr4: standby and refresh", 0, 1e6)
    lpddr4_pj_per_bit: float = key("pJ/bit", "profile lpddr4: reading or writing", 0, 1e6)
    lpddr4_static_mw: float = key("mW", "profile lpddr4: standby and refresh", 0, 1e6)
    tile_mvm_pj_per_cell: float = key("pJ", "one MVM, per active cell (rows with input, columns with weights)", 0, 1e6)
    tile_io_pj_per_byte: float = key("pJ/byte", "moving one byte between core and tile", 0, 1e6)
    tile_program_pj_per_weight: float = key("pJ", "programming one weight", 0, 1e9)
    tile_idle_mw: float = key("mW", "static power of one tile", 0, 1e6)
    tile_retention_mw: float = key("mW", "power of one tile whose clock is stopped", 0, 1e6)
    tile_off_mw: float = key("mW", "power of one tile that is switched off", 0, 1e6)


@dataclass(frozen=True)
class MemoryConfig:
    """Main memory."""

    size_bytes: int = key("byte", "limit on the memory that guest programs may map", 1 << 16, 1 << 46)
    zero_page: ZeroPage = key("", "what is read where nobody wrote: shared (one page of zeros) or private (its own)")


@dataclass(frozen=True)
class HardwareConfig:
    """All of the hardware. The names of the parts are the first part of a configuration key."""

    core: CoreConfig
    cpi: CpiConfig
    pipeline: PipelineConfig
    predictor: PredictorConfig
    l1: CacheConfig
    l2: CacheConfig
    prefetch: PrefetchConfig
    tlb: TlbConfig
    coherence: CoherenceConfig
    dram: DramConfig
    tile: TileConfig
    energy: EnergyConfig
    memory: MemoryConfig
    compat: Compat = key("", "whose tile behaviour is reproduced: none (correct) or alpine (with its known faults)")
    fidelity: Fidelity = key(
        "", "how cycles are found: functional (a table per class) or timing (pipeline, caches, memory)"
    )
