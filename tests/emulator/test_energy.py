"""Energy is counters times energy per event plus power times time, and its parts add up."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.block import ClassCounts
from emulator.config import DramProfile, HardwareConfig
from emulator.energy import CoreActivity, Energy, MemoryTraffic, TileActivity, energy
from emulator.instruction_class import InstructionClass
from emulator.power import Residency
from emulator.record import SUBCYCLES
from emulator.tile import TileCounters
from tests.emulator.support import hardware

COUNTS = st.integers(0, 10**12)
CONFIG = hardware()
NOTHING = TileCounters(**{field.name: 0 for field in dataclasses.fields(TileCounters)})
NO_INSTRUCTIONS: ClassCounts = np.zeros(len(InstructionClass), np.int64)


def classes(**counts: int) -> ClassCounts:
    result = NO_INSTRUCTIONS.copy()
    for name, count in counts.items():
        result[InstructionClass[name.upper()]] = count
    return result


def core(active_cycles: int, idle_cycles: int) -> CoreActivity:
    """A core that was on all the time."""
    active, idle = active_cycles * SUBCYCLES, idle_cycles * SUBCYCLES
    return CoreActivity(active, idle, Residency(active + idle))


def tile(cycles: int = 0, **counters: int) -> TileActivity:
    """A tile that was on all the time."""
    return TileActivity(dataclasses.replace(NOTHING, **counters), Residency(cycles * SUBCYCLES))


Run = tuple[ClassCounts, list[CoreActivity], list[TileActivity], float, MemoryTraffic | None]

TIMES = st.integers(0, 10**15)
TRAFFIC = st.builds(MemoryTraffic, *[COUNTS] * len(dataclasses.fields(MemoryTraffic)))


@st.composite
def activities(draw: st.DrawFn) -> CoreActivity:
    """A core of which some of its idle time was spent in retention or off."""
    clocked, retention, off, active = (draw(TIMES) for _ in range(4))
    return CoreActivity(active, clocked + retention + off, Residency(active + clocked, retention, off))


@st.composite
def runs(draw: st.DrawFn, traffic: st.SearchStrategy[MemoryTraffic | None] = TRAFFIC) -> Run:
    counts = np.array(
        draw(st.lists(st.integers(0, 10**9), min_size=len(InstructionClass), max_size=len(InstructionClass)))
    )
    counters = st.builds(TileCounters, *[COUNTS] * len(dataclasses.fields(TileCounters)))
    tiles = st.lists(st.builds(TileActivity, counters, st.builds(Residency, TIMES, TIMES, TIMES)), max_size=4)
    return counts, draw(st.lists(activities(), max_size=4)), draw(tiles), draw(st.floats(0, 1e4)), draw(traffic)


def times(factor: int, values: Any) -> Any:
    """A record of counts, each so many times."""
    fields = {item.name: getattr(values, item.name) for item in dataclasses.fields(values)}
    scaled = {
        name: times(factor, value) if dataclasses.is_dataclass(value) else value * factor
        for name, value in fields.items()
    }
    return dataclasses.replace(values, **scaled)


def parts(result: Energy) -> dict[str, float]:
    return {name: value for name, value in dataclasses.asdict(result).items() if value is not None}


def with_dram(profile: DramProfile) -> HardwareConfig:
    return hardware(energy={"dram_profile": profile})


def test_an_idle_machine_of_no_time_uses_nothing() -> None:
    assert energy(CONFIG, NO_INSTRUCTIONS, [core(0, 0)], [tile()], 0.0).total == 0.0


def test_an_idle_core_costs_idle_power_and_that_of_its_caches_only() -> None:
    result = parts(energy(CONFIG, NO_INSTRUCTIONS, [core(0, 10**9)], [], 1.0))
    assert {name: joules for name, joules in result.items() if joules} == {"core_idle": 10e-3, "l1_static": 2 * 3e-3}


@pytest.mark.parametrize(
    ("part", "expected", "arguments"),
    [
        ("core_active", 1000 * 100e-12, {"cores": [core(600, 0), core(400, 0)]}),
        ("core_static", 2.0 * 4e-3, {"cores": [core(15 * 10**8, 10**9), core(5 * 10**8, 0)]}),
        ("core_idle", 1.0 * 10e-3, {"cores": [core(0, 10**9)]}),
        ("l1_static", 2 * 1.5 * 3e-3, {"cores": [core(10**9, 0), core(0, 5 * 10**8)]}),
        ("l1", 7 * 4e-12, {"counts": classes(integer=7)}),
        ("l1", (3 * 4 + (1 + 1) * 8 + 2 * 6) * 1e-12, {"counts": classes(load=1, atomic=1, store_multiple=1)}),
        ("tile_mvm", (30 + 12) * 2e-12, {"tiles": [tile(active_cells=30), tile(active_cells=12)]}),
        ("tile_io", (3 + 2) * 4 * 5e-12, {"tiles": [tile(queued_words=3, dequeued_words=2)]}),
        ("tile_io", 5 * 5e-12, {"tiles": [tile(read_weights=5)]}),
        ("tile_program", 6 * 50e-12, {"tiles": [tile(programmed_weights=6)]}),
        ("tile_idle", 3 * 2.0 * 1e-3, {"tiles": [tile(2 * 10**9)] * 3}),
    ],
)
def test_each_part_by_hand(part: str, expected: float, arguments: dict[str, Any]) -> None:
    values = {"counts": NO_INSTRUCTIONS, "cores": [], "tiles": []} | arguments
    result = energy(CONFIG, values["counts"], values["cores"], values["tiles"], 0.0)
    assert parts(result)[part] == pytest.approx(expected, rel=1e-12)


def test_what_the_functional_level_does_not_model_is_none() -> None:
    result = energy(with_dram(DramProfile.DDR4), classes(load=10), [core(10, 0)], [tile()], 1.0)
    assert (result.l2, result.dram, result.l2_static, result.dram_static) == (None,) * 4


def test_the_timing_level_counts_accesses_by_kind() -> None:
    """L1 data accesses are those that were made, whatever the instructions; fetches are still by instruction."""
    traffic = MemoryTraffic(
        l1_reads=11, l1_writes=7, l1_line_reads=2, l1_line_writes=5, l2_reads=5, l2_writes=4, dram_lines=3
    )
    result = energy(CONFIG, classes(load=10), [core(10, 0)], [tile()], 1.0, traffic)
    assert result.l1 == pytest.approx((11 * 8 + 7 * 6 + 2 * 32 + 5 * 40 + 10 * 4) * 1e-12, rel=1e-12)
    assert result.l2 == pytest.approx((5 * 100 + 4 * 120) * 1e-12, rel=1e-12)
    assert result.l2_static == pytest.approx(20e-3, rel=1e-12)


@pytest.mark.parametrize(
    ("profile", "line_pj", "static_mw"),
    [(DramProfile.ALPINE, 1000, None), (DramProfile.DDR4, 64 * 8 * 14, 200), (DramProfile.LPDDR4, 64 * 8 * 8, 80)],
)
def test_main_memory_has_profiles(profile: DramProfile, line_pj: float, static_mw: float | None) -> None:
    """ALPINE's is per access and says nothing of standby; the others are per bit of the 64 bytes of a line."""
    traffic = MemoryTraffic(0, 0, 0, 0, 0, 0, dram_lines=3)
    result = energy(with_dram(profile), NO_INSTRUCTIONS, [], [], 2.0, traffic)
    assert result.dram == pytest.approx(3 * line_pj * 1e-12, rel=1e-12)
    assert result.dram_static == (None if static_mw is None else pytest.approx(2 * static_mw * 1e-3, rel=1e-12))


@settings(max_examples=50)
@given(runs(st.none() | TRAFFIC), st.sampled_from(DramProfile))
def test_the_parts_sum_to_the_total_and_none_is_negative(run: Run, profile: DramProfile) -> None:
    result = energy(with_dram(profile), *run)
    assert result.total == sum(parts(result).values())
    assert min(parts(result).values()) >= 0


@settings(max_examples=50)
@given(runs(), st.integers(2, 9))
def test_energy_is_linear_in_counters_and_time(run: Run, factor: int) -> None:
    counts, cores, tiles, seconds, traffic = run
    config = with_dram(DramProfile.DDR4)
    scaled = energy(
        config,
        counts * factor,
        [times(factor, each) for each in cores],
        [times(factor, each) for each in tiles],
        seconds * factor,
        times(factor, traffic),
    )
    assert parts(scaled) == pytest.approx(
        {name: factor * joules for name, joules in parts(energy(config, *run)).items()}, rel=1e-9
    )


@settings(max_examples=50)
@given(runs())
def test_twice_the_events_in_the_same_time_double_the_dynamic_energy_alone(run: Run) -> None:
    counts, cores, tiles, seconds, traffic = run
    doubled = [TileActivity(times(2, each.counters), each.power) for each in tiles]
    once = parts(energy(CONFIG, *run))
    twice = parts(energy(CONFIG, counts * 2, cores, doubled, seconds, times(2, traffic)))
    dynamic = {"l1", "l2", "dram", "tile_mvm", "tile_io", "tile_program"}
    assert twice == pytest.approx(
        {name: joules * (2 if name in dynamic else 1) for name, joules in once.items()}, rel=1e-9
    )


@settings(max_examples=50)
@given(runs(), runs())
def test_energy_of_two_runs_adds(first: Run, second: Run) -> None:
    one, two = energy(CONFIG, *first), energy(CONFIG, *second)
    both = energy(CONFIG, first[0] + second[0], first[1] + second[1], first[2] + second[2], 0.0)
    for name in ("core_active", "core_idle", "core_static", "l1_static", "tile_mvm", "tile_io", "tile_program"):
        assert parts(both)[name] == pytest.approx(parts(one)[name] + parts(two)[name], rel=1e-9)
