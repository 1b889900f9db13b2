"""What the tests of `emulator` share: a configuration of round numbers and a board to run small programs on."""

from __future__ import annotations

import dataclasses
from typing import Any

from emulator.config import (
    CacheConfig,
    CoherenceConfig,
    Compat,
    CoreConfig,
    CpiConfig,
    DramConfig,
    DramProfile,
    EnergyConfig,
    Fidelity,
    HardwareConfig,
    MemoryConfig,
    Numerics,
    PipelineConfig,
    PredictorConfig,
    PrefetchConfig,
    Replacement,
    TileConfig,
    TlbConfig,
    ZeroPage,
)
from emulator.core import Core
from emulator.engine import Context, Engine
from emulator.memory import PAGE_SIZE, Protection
from emulator.stop import Stop, StopKind

CODE = 0x10000
DATA = 0x200000
UNMAPPED = 0x300000
STACK_TOP = 0x7FFF_0000_0000

R = Protection.READ
RW = Protection.READ | Protection.WRITE
RX = Protection.READ | Protection.EXECUTE
RWX = RW | RX

_ROUND = HardwareConfig(
    core=CoreConfig(frequency_hz=1e9, count=1, slice_cycles=1000, skew_cycles=20),
    cpi=CpiConfig(
        integer=1,
        multiply=3,
        divide=10,
        simd=2,
        simd_divide=12,
        load=2,
        load_multiple=4,
        store=1,
        store_multiple=2,
        atomic=5,
        branch=1,
        system=1,
        unknown=1,
    ),
    pipeline=PipelineConfig(
        alu_cycles=3,
        multiply_cycles=3,
        divide_cycles=9,
        simd_cycles=6,
        forward_cycles=2,
        load_extra_cycles=2,
        decode_buffer_entries=3,
        execute_buffer_entries=7,
        store_buffer_entries=5,
    ),
    predictor=PredictorConfig(
        local_history_entries=2048,
        local_counter_entries=2048,
        global_counter_entries=8192,
        btb_entries=4096,
        return_entries=16,
        indirect_sets=256,
        indirect_ways=2,
    ),
    l1=CacheConfig(
        size_bytes=32 << 10,
        ways=2,
        latency_cycles=2,
        response_cycles=2,
        miss_registers=4,
        replacement=Replacement.LRU,
    ),
    l2=CacheConfig(
        size_bytes=512 << 10,
        ways=8,
        latency_cycles=22,
        response_cycles=24,
        miss_registers=20,
        replacement=Replacement.LRU,
    ),
    prefetch=PrefetchConfig(streams=0, trigger=2, depth=4),
    tlb=TlbConfig(micro_entries=0, entries=16, ways=4, latency_cycles=3, walk_entries=4, walk_ways=4),
    coherence=CoherenceConfig(line_bytes=64, bus_bytes=32, transfer_cycles=6),
    dram=DramConfig(
        banks=8,
        row_bytes=8192,
        row_accesses=16,
        frontend_ns=15,
        backend_ns=12,
        bus_ns=6,
        activate_ns=14,
        column_ns=14,
        precharge_ns=14,
        burst_ns=3,
        write_to_read_ns=5,
        write_high=109,
        write_low=64,
    ),
    tile=TileConfig(
        rows=16,
        columns=16,
        numerics=Numerics.EXACT,
        output_shift=0,
        mvm_ns=100,
        queue_ns=1,
        dequeue_ns=1,
        parameter_read_ns=2,
        parameter_write_ns=4,
        status_ns=1,
        register_read_ns=40,
        register_write_ns=10,
    ),
    energy=EnergyConfig(
        core_active_pj_per_cycle=100,
        core_leakage_mw=4,
        core_idle_mw=10,
        core_off_mw=1,
        l1_read_pj=8,
        l1_write_pj=6,
        l1_line_read_pj=32,
        l1_line_write_pj=40,
        l1_fetch_pj_per_instruction=4,
        l1_static_mw=3,
        l2_read_pj=100,
        l2_write_pj=120,
        l2_static_mw=20,
        dram_profile=DramProfile.ALPINE,
        dram_pj_per_access=1000,
        ddr4_pj_per_bit=14,
        ddr4_static_mw=200,
        lpddr4_pj_per_bit=8,
        lpddr4_static_mw=80,
        tile_mvm_pj_per_cell=2,
        tile_io_pj_per_byte=5,
        tile_program_pj_per_weight=50,
        tile_idle_mw=1,
        tile_retention_mw=0.5,
        tile_off_mw=0.25,
    ),
    memory=MemoryConfig(size_bytes=1 << 30, zero_page=ZeroPage.SHARED),
    compat=Compat.NONE,
    fidelity=Fidelity.FUNCTIONAL,
)


def hardware(**overrides: Any) -> HardwareConfig:
    """A machine of 1 GHz (1 cycle = 1 ns) with a 16x16 tile; `tile={"rows": 8}` or `compat=...` replaces values."""
    changes = {
        name: dataclasses.replace(getattr(_ROUND, name), **value) if isinstance(value, dict) else value
        for name, value in overrides.items()
    }
    return dataclasses.replace(_ROUND, **changes)


class Board:
    """One engine and one core with a program at CODE (one page, read and execute) and 16 pages of data at DATA."""

    def __init__(self, code: bytes = b"", protection: Protection = RX, config: HardwareConfig | None = None) -> None:
        self.config = config or hardware()
        self.engine = Engine(self.config)
        self.core = Core(0, self.config)
        self.memory = self.engine.new_memory()
        self.memory.map(CODE, max(-(-len(code) // PAGE_SIZE), 1) * PAGE_SIZE, protection)
        self.memory.write(CODE, code)
        self.memory.map(DATA, 16 * PAGE_SIZE, RW)
        self.context = self.context_at(CODE)

    def context_at(self, pc: int) -> Context:
        """A new context; it becomes the current one."""
        return self.engine.new_context(self.memory, pc, STACK_TOP)

    def run(self, pc: int | None = None) -> Stop:
        """Run the board's context until the engine hands back; from `pc` if it is given."""
        if pc is not None:
            self.context.pc = pc
        return self.engine.run(self.core, self.context)

    def run_to_call(self, pc: int | None = None) -> None:
        """Run until an SVC; anything else is a failure."""
        stop = self.run(pc)
        assert stop.kind is StopKind.SYSTEM_CALL, stop

    def x(self, number: int) -> int:
        """Xn of the current context."""
        return self.engine.read_x(number)
