"""Energy from counters: events times energy per event, plus power times time, per component."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from emulator.block import ClassCounts
from emulator.config import HardwareConfig
from emulator.instruction_class import InstructionClass
from emulator.tile import TileCounters

_PICO = 1e-12
_MILLI = 1e-3
_WORD_BYTES = 4

_L1_ACCESSES = {
    InstructionClass.LOAD: 1,
    InstructionClass.STORE: 1,
    InstructionClass.ATOMIC: 1,
    InstructionClass.LOAD_MULTIPLE: 2,
    InstructionClass.STORE_MULTIPLE: 2,
}
"""Accesses of 64 bits to the L1 data cache per instruction, where caches are not modelled; a pair or multiple counts as
two."""


@dataclass(frozen=True)
class CoreActivity:
    """How long one core was busy and idle, in cycles."""

    active_cycles: float
    idle_cycles: float


@dataclass(frozen=True)
class MemoryTraffic:
    """What caches and main memory did, where they are modelled."""

    l1d_accesses: int
    """Of all cores."""
    l2_accesses: int
    """Lines fetched from the second-level cache, and lines written back to it."""
    dram_accesses: int
    """Lines read and written."""


@dataclass(frozen=True)
class Energy:
    """Energy by component, in joules; None where the fidelity level does not model the component."""

    core_active: float
    core_idle: float
    l1: float
    l2: float | None
    dram: float | None
    tile_mvm: float
    tile_io: float
    tile_program: float
    tile_idle: float

    @property
    def total(self) -> float:
        """Sum over the modelled components, in joules."""
        return sum(getattr(self, field.name) or 0.0 for field in fields(self))


def energy(
    config: HardwareConfig,
    classes: ClassCounts,
    cores: Sequence[CoreActivity],
    tiles: Sequence[TileCounters],
    seconds: float,
    traffic: MemoryTraffic | None = None,
) -> Energy:
    """Energy of a run of `seconds` of guest time.

    `classes`: instructions by class over all cores, shape (len(InstructionClass),). `traffic`: at `timing` fidelity;
    without it, L1 data accesses follow from the classes, and caches beyond L1 and DRAM are not modelled. An MVM costs
    the active part of the crossbar: converters of rows without input and of columns without weights are taken as off.
    Reading a weight back moves one byte.
    """
    table = config.energy
    if traffic is None:
        accesses = sum(int(classes[name]) * count for name, count in _L1_ACCESSES.items())
    else:
        accesses = traffic.l1d_accesses
    io_bytes = sum(
        _WORD_BYTES * (t.queued_words + t.dequeued_words) + t.programmed_weights + t.read_weights for t in tiles
    )
    idle_seconds = sum(core.idle_cycles for core in cores) / config.core.frequency_hz
    return Energy(
        core_active=sum(core.active_cycles for core in cores) * table.core_active_pj_per_cycle * _PICO,
        core_idle=idle_seconds * table.core_idle_mw * _MILLI,
        l1=(accesses * table.l1_pj_per_access + int(classes.sum()) * table.l1_fetch_pj_per_instruction) * _PICO,
        l2=None if traffic is None else traffic.l2_accesses * table.l2_pj_per_access * _PICO,
        dram=None if traffic is None else traffic.dram_accesses * table.dram_pj_per_access * _PICO,
        tile_mvm=sum(t.active_cells for t in tiles) * table.tile_mvm_pj_per_cell * _PICO,
        tile_io=io_bytes * table.tile_io_pj_per_byte * _PICO,
        tile_program=sum(t.programmed_weights for t in tiles) * table.tile_program_pj_per_weight * _PICO,
        tile_idle=len(tiles) * seconds * table.tile_idle_mw * _MILLI,
    )
