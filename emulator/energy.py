"""Energy from counters: events times energy per event, plus power times time, per component."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from emulator import record
from emulator.block import ClassCounts
from emulator.config import DramProfile, EnergyConfig, HardwareConfig
from emulator.instruction_class import InstructionClass
from emulator.power import Residency
from emulator.tile import TileCounters

_PICO = 1e-12
_MILLI = 1e-3
_WORD_BYTES = 4
_BYTE_BITS = 8
_L1_CACHES = 2

# Accesses of 64 bits to the L1 data cache per instruction, where caches are not modelled; a pair or multiple is two.
_L1_READS = {InstructionClass.LOAD: 1, InstructionClass.ATOMIC: 1, InstructionClass.LOAD_MULTIPLE: 2}
_L1_WRITES = {InstructionClass.STORE: 1, InstructionClass.STORE_MULTIPLE: 2}


@dataclass(frozen=True)
class CoreActivity:
    """How long one core executed and waited, in subcycles, and how long its power domain was in which state.

    A core that is not on waits: those times are among the idle ones.
    """

    active: int
    idle: int
    power: Residency


@dataclass(frozen=True)
class TileActivity:
    """What one tile did, and how long its power domain was in which state."""

    counters: TileCounters
    power: Residency


@dataclass(frozen=True)
class MemoryTraffic:
    """What caches and main memory did, where they are modelled; L1 is of all cores."""

    l1_reads: int
    """Of the data caches, by instructions."""
    l1_writes: int
    l1_line_reads: int
    """Lines written back, or given to another core's cache."""
    l1_line_writes: int
    """Lines fetched, by instruction and data caches."""
    l2_reads: int
    """Lines found, and lines written back."""
    l2_writes: int
    """Lines that came from main memory or were written back by L1."""
    dram_lines: int
    """Read and written."""


@dataclass(frozen=True)
class Energy:
    """Energy by component, in joules; None where it is not modelled."""

    core_active: float
    core_idle: float
    l1: float
    l2: float | None
    dram: float | None
    tile_mvm: float
    tile_io: float
    tile_program: float
    tile_idle: float
    core_static: float
    l1_static: float
    l2_static: float | None
    dram_static: float | None

    @property
    def total(self) -> float:
        """Sum over the modelled components, in joules."""
        return sum(getattr(self, field.name) or 0.0 for field in fields(self))


def energy(
    config: HardwareConfig,
    classes: ClassCounts,
    cores: Sequence[CoreActivity],
    tiles: Sequence[TileActivity],
    seconds: float,
    traffic: MemoryTraffic | None = None,
) -> Energy:
    """Energy of a run of `seconds` of guest time.

    `classes`: instructions by class over all cores, shape (len(InstructionClass),). `traffic`: at `timing` fidelity;
    without it, L1 data accesses follow from the classes, and caches beyond L1 and DRAM are not modelled. An MVM costs
    the active part of the crossbar: converters of rows without input and of columns without weights are taken as off.
    Reading a weight back moves one byte. A core's caches are switched off with it.
    """
    table = config.energy
    second = record.SUBCYCLES * config.core.frequency_hz
    counters = [tile.counters for tile in tiles]
    active = sum(core.active for core in cores)
    line_pj = _dram_pj_per_line(table, config.coherence.line_bytes)
    return Energy(
        core_active=active / record.SUBCYCLES * table.core_active_pj_per_cycle * _PICO,
        core_idle=sum(_waiting(table, core) for core in cores) / second,
        l1=_l1_pj(table, classes, traffic) * _PICO,
        l2=None if traffic is None else _l2_pj(table, traffic) * _PICO,
        dram=None if traffic is None else traffic.dram_lines * line_pj * _PICO,
        tile_mvm=sum(_mvm_pj(table, tile) for tile in counters) * _PICO,
        tile_io=sum(_io_pj(table, tile) for tile in counters) * _PICO,
        tile_program=sum(_program_pj(table, tile) for tile in counters) * _PICO,
        tile_idle=sum(_standing(table, tile.power) for tile in tiles) / second,
        core_static=active / second * table.core_leakage_mw * _MILLI,
        l1_static=sum(core.power.on + core.power.retention for core in cores)
        / second
        * (_L1_CACHES * table.l1_static_mw * _MILLI),
        l2_static=None if traffic is None else seconds * table.l2_static_mw * _MILLI,
        dram_static=None if traffic is None else _dram_static(table, seconds),
    )


def tile_work_pj(table: EnergyConfig, counters: TileCounters) -> float:
    """What one tile has used for its work so far, in picojoules, static power left out."""
    return _mvm_pj(table, counters) + _io_pj(table, counters) + _program_pj(table, counters)


def _mvm_pj(table: EnergyConfig, tile: TileCounters) -> float:
    return tile.active_cells * table.tile_mvm_pj_per_cell


def _io_pj(table: EnergyConfig, tile: TileCounters) -> float:
    moved = _WORD_BYTES * (tile.queued_words + tile.dequeued_words) + tile.programmed_weights + tile.read_weights
    return moved * table.tile_io_pj_per_byte


def _program_pj(table: EnergyConfig, tile: TileCounters) -> float:
    return tile.programmed_weights * table.tile_program_pj_per_weight


def _waiting(table: EnergyConfig, core: CoreActivity) -> float:
    """Watts times subcycles of a core while it does not execute."""
    power = core.power
    clocked = core.idle - power.retention - power.off
    return _MILLI * (
        clocked * table.core_idle_mw + power.retention * table.core_leakage_mw + power.off * table.core_off_mw
    )


def _standing(table: EnergyConfig, power: Residency) -> float:
    """Watts times subcycles of a tile, whatever it does."""
    return _MILLI * (
        power.on * table.tile_idle_mw + power.retention * table.tile_retention_mw + power.off * table.tile_off_mw
    )


def _l1_pj(table: EnergyConfig, classes: ClassCounts, traffic: MemoryTraffic | None) -> float:
    fetched = int(classes.sum()) * table.l1_fetch_pj_per_instruction
    if traffic is None:
        reads = sum(int(classes[name]) * count for name, count in _L1_READS.items())
        writes = sum(int(classes[name]) * count for name, count in _L1_WRITES.items())
        return fetched + reads * table.l1_read_pj + writes * table.l1_write_pj
    return (
        fetched
        + traffic.l1_reads * table.l1_read_pj
        + traffic.l1_writes * table.l1_write_pj
        + traffic.l1_line_reads * table.l1_line_read_pj
        + traffic.l1_line_writes * table.l1_line_write_pj
    )


def _l2_pj(table: EnergyConfig, traffic: MemoryTraffic) -> float:
    return traffic.l2_reads * table.l2_read_pj + traffic.l2_writes * table.l2_write_pj


def _dram_pj_per_line(table: EnergyConfig, line_bytes: int) -> float:
    match table.dram_profile:
        case DramProfile.ALPINE:
            return table.dram_pj_per_access
        case DramProfile.DDR4:
            return _BYTE_BITS * line_bytes * table.ddr4_pj_per_bit
        case DramProfile.LPDDR4:
            return _BYTE_BITS * line_bytes * table.lpddr4_pj_per_bit


def _dram_static(table: EnergyConfig, seconds: float) -> float | None:
    match table.dram_profile:
        case DramProfile.ALPINE:
            return None
        case DramProfile.DDR4:
            return seconds * table.ddr4_static_mw * _MILLI
        case DramProfile.LPDDR4:
            return seconds * table.lpddr4_static_mw * _MILLI
