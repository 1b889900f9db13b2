"""Programs at both fidelities: they compute the same, and their cycles obey what theory says.

The programs are the images, and those that `aimc validate timing` compares with gem5.
"""

from __future__ import annotations

import functools
import importlib.util
import itertools
from collections.abc import Mapping
from pathlib import Path

import pytest

from aimc import Machine, Result
from aimc.validate.binaries import Binaries
from aimc.validate.reference import DEFAULT_FOLDER, PROGRAMS, load
from images.build import find
from images.catalogue import CATALOGUE

REFERENCE = load(DEFAULT_FOLDER, PROGRAMS)
REFERENCE_NAMES = tuple(dict.fromkeys(measurement.program for measurement in REFERENCE.measurements))

ENDLESS = {"fault-loop", "fault-memory"}
"""The second one fills the memory, which takes long."""
ARGUMENTS = {"bench-aimc-sites-1": ("queue", "10"), "bench-aimc-sites-32": ("queue", "10"), "bench-syscall": ("100",)}
IMAGES = tuple(image.name for image in CATALOGUE if image.name not in ENDLESS)

CORE_BOUND = ("branchy", "divide", "conv2d")
"""Reference programs with fewer than one second-level miss per thousand instructions."""

NO_WAIT = {
    "l2.latency_cycles": 1,
    "l2.response_cycles": 0,
    **dict.fromkeys(
        (
            *("dram.frontend_ns", "dram.backend_ns", "dram.activate_ns", "dram.column_ns", "dram.precharge_ns"),
            *("dram.burst_ns", "dram.bus_ns", "dram.write_to_read_ns"),
        ),
        0,
    ),
}
"""Memory behind the first-level caches that answers at once, or after the one cycle that a cache takes at least."""

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("ziglang") is None, reason="the programs are built by ziglang, which is not installed"
)


def machine(name: str, overrides: Mapping[str, str | float] | None = None) -> Machine:
    """The preset with these changes, for this program. Those of the reference are ALPINE's: they use the tile without
    asking a driver for it.
    """
    compat = "alpine" if name in REFERENCE_NAMES else "none"
    return Machine(overrides={"compat": compat, **(overrides or {})})


@functools.cache
def _program(name: str) -> Path:
    return Binaries(REFERENCE).find(name) if name in REFERENCE_NAMES else find(name)


def run(name: str, overrides: Mapping[str, str | float] | None = None) -> Result:
    """A run at timing fidelity with these changes of the preset."""
    changed = machine(name, overrides)
    return timed(name) if changed.config.hardware == machine(name).config.hardware else _run(changed, name)


@functools.cache
def timed(name: str) -> Result:
    """A run as the preset has it."""
    return _run(machine(name), name)


def _run(on: Machine, name: str) -> Result:
    return on.run(_program(name), ARGUMENTS.get(name, ()), capture=True)


@pytest.mark.parametrize("name", [*IMAGES, *REFERENCE_NAMES])
def test_both_fidelities_compute_the_same(name: str) -> None:
    functional, timing = run(name, {"fidelity": "functional"}), timed(name)
    for item in ("stdout", "stderr", "exit_status", "signal", "instruction_classes", "tiles", "totals.instructions"):
        of_each = [functools.reduce(getattr, item.split("."), result) for result in (functional, timing)]
        assert of_each[0] == of_each[1], item
    assert timing.warnings == functional.warnings, "no block accessed memory in an unexpected way"


@pytest.mark.parametrize("name", REFERENCE_NAMES)
def test_causes_sum_to_the_cycles_and_energy_to_the_total(name: str) -> None:
    result = timed(name)
    (core,) = result.cores
    assert core.cycle_causes is not None
    assert core.cycle_causes.total() == core.cycles + core.idle_cycles == result.totals.cycles
    assert core.cycle_causes.kernel == result.kernel.cycles, "the pipeline accounts for all else"
    assert result.energy_joules.total() == result.totals.energy_joules


@pytest.mark.parametrize("name", REFERENCE_NAMES)
def test_memory_that_answers_at_once_is_a_lower_bound_of_the_cycles(name: str) -> None:
    assert run(name, NO_WAIT).totals.cycles < timed(name).totals.cycles


@pytest.mark.parametrize("name", CORE_BOUND)
def test_a_faster_clock_never_lengthens_the_time_of_a_core_bound_program(name: str) -> None:
    seconds = [run(name, {"core.frequency_hz": hertz}).totals.guest_seconds for hertz in (0.8e9, 1.6e9, 2.3e9)]
    assert seconds == sorted(seconds, reverse=True)


@pytest.mark.parametrize("name", REFERENCE_NAMES)
def test_a_larger_first_level_cache_of_the_same_ways_never_fetches_more(name: str) -> None:
    """Doubling the sets splits each in two, so a larger cache holds what the smaller one does (see the laws in
    tests/emulator/timing): for the same accesses. Which lines are fetched ahead, and which loads the store buffer
    answers, depends a little on time. Lines that come in are counted, since accesses in flight count as misses.
    """
    sizes = (16 << 10, 32 << 10, 64 << 10, 128 << 10)
    l2 = [run(name, {"l1.size_bytes": size}).l2 for size in sizes]
    fetched = [cache.accesses - cache.writes for cache in l2 if cache is not None]
    for smaller, larger in itertools.pairwise(fetched):
        assert larger <= smaller
