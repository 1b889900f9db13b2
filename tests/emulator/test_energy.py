"""Energy is counters times energy per event plus power times time, and its parts add up."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.block import ClassCounts
from emulator.energy import CoreActivity, Energy, MemoryTraffic, energy
from emulator.instruction_class import InstructionClass
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


@st.composite
def runs(draw: st.DrawFn) -> tuple[ClassCounts, list[CoreActivity], list[TileCounters], float]:
    counts = np.array(
        draw(st.lists(st.integers(0, 10**9), min_size=len(InstructionClass), max_size=len(InstructionClass)))
    )
    cores = draw(st.lists(st.builds(CoreActivity, st.floats(0, 1e12), st.floats(0, 1e12)), min_size=1, max_size=4))
    tiles = draw(st.lists(st.builds(TileCounters, *[COUNTS] * len(dataclasses.fields(TileCounters))), max_size=4))
    return counts, cores, tiles, draw(st.floats(0, 1e4))


def parts(result: Energy) -> dict[str, float]:
    return {name: value for name, value in dataclasses.asdict(result).items() if value is not None}


def test_an_idle_machine_of_no_time_uses_nothing() -> None:
    assert energy(CONFIG, NO_INSTRUCTIONS, [CoreActivity(0, 0)], [NOTHING], 0.0).total == 0.0


@pytest.mark.parametrize(
    ("part", "expected", "arguments"),
    [
        ("core_active", 1000 * 100e-12, {"cores": [CoreActivity(600, 0), CoreActivity(400, 0)]}),
        ("core_idle", 1.0 * 10e-3, {"cores": [CoreActivity(0, 1e9)]}),
        ("l1", 7 * 4e-12, {"counts": classes(integer=7)}),
        ("l1", (3 * 4 + (1 + 1 + 2) * 8) * 1e-12, {"counts": classes(load=1, atomic=1, store_multiple=1)}),
        ("tile_mvm", (30 + 12) * 2e-12, {"tiles": [dataclasses.replace(NOTHING, active_cells=n) for n in (30, 12)]}),
        ("tile_io", (3 + 2) * 4 * 5e-12, {"tiles": [dataclasses.replace(NOTHING, queued_words=3, dequeued_words=2)]}),
        ("tile_io", 5 * 5e-12, {"tiles": [dataclasses.replace(NOTHING, read_weights=5)]}),
        ("tile_program", 6 * 50e-12, {"tiles": [dataclasses.replace(NOTHING, programmed_weights=6)]}),
        ("tile_idle", 3 * 2.0 * 1e-3, {"tiles": [NOTHING] * 3, "seconds": 2.0}),
    ],
)
def test_each_part_by_hand(part: str, expected: float, arguments: dict[str, object]) -> None:
    values: dict[str, object] = {"counts": NO_INSTRUCTIONS, "cores": [], "tiles": [], "seconds": 0.0} | arguments
    result = energy(CONFIG, values["counts"], values["cores"], values["tiles"], values["seconds"])  # type: ignore[arg-type]
    assert parts(result)[part] == pytest.approx(expected, rel=1e-12)


def test_what_the_functional_level_does_not_model_is_none() -> None:
    result = energy(CONFIG, classes(load=10), [CoreActivity(10, 0)], [NOTHING], 1.0)
    assert result.l2 is None
    assert result.dram is None


def test_the_timing_level_counts_accesses() -> None:
    """L1 data accesses are those that were made, whatever the instructions; fetches are still by instruction."""
    traffic = MemoryTraffic(l1d_accesses=11, l2_accesses=5, dram_accesses=3)
    result = energy(CONFIG, classes(load=10), [CoreActivity(10, 0)], [NOTHING], 1.0, traffic)
    table = CONFIG.energy
    assert result.l1 == pytest.approx((11 * 8 + 10 * 4) * 1e-12, rel=1e-12)
    assert result.l2 == pytest.approx(5 * table.l2_pj_per_access * 1e-12, rel=1e-12)
    assert result.dram == pytest.approx(3 * table.dram_pj_per_access * 1e-12, rel=1e-12)


@settings(max_examples=50)
@given(runs(), st.none() | st.builds(MemoryTraffic, COUNTS, COUNTS, COUNTS))
def test_the_parts_sum_to_the_total_and_none_is_negative(
    run: tuple[ClassCounts, list[CoreActivity], list[TileCounters], float], traffic: MemoryTraffic | None
) -> None:
    result = energy(CONFIG, *run, traffic)
    assert result.total == pytest.approx(sum(parts(result).values()), rel=1e-12)
    assert min(parts(result).values()) >= 0


@settings(max_examples=50)
@given(runs(), st.integers(2, 9))
def test_energy_is_linear_in_counters_and_time(
    run: tuple[ClassCounts, list[CoreActivity], list[TileCounters], float], factor: int
) -> None:
    counts, cores, tiles, seconds = run
    scaled = energy(
        CONFIG,
        counts * factor,
        [CoreActivity(core.active_cycles * factor, core.idle_cycles * factor) for core in cores],
        [TileCounters(*(count * factor for count in dataclasses.astuple(tile))) for tile in tiles],
        seconds * factor,
    )
    assert parts(scaled) == pytest.approx(
        {name: factor * e for name, e in parts(energy(CONFIG, *run)).items()}, rel=1e-9
    )


@settings(max_examples=50)
@given(runs(), runs())
def test_energy_of_two_runs_adds(
    first: tuple[ClassCounts, list[CoreActivity], list[TileCounters], float],
    second: tuple[ClassCounts, list[CoreActivity], list[TileCounters], float],
) -> None:
    one, two = energy(CONFIG, *first), energy(CONFIG, *second)
    both = energy(CONFIG, first[0] + second[0], first[1] + second[1], first[2] + second[2], 0.0)
    for name in ("core_active", "core_idle", "l1", "tile_mvm", "tile_io", "tile_program"):
        assert parts(both)[name] == pytest.approx(parts(one)[name] + parts(two)[name], rel=1e-9)
