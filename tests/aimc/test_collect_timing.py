"""What a run counts at timing fidelity, and that functional fidelity leaves it null."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from aimc import Machine, collect_timing, schema
from aimc.result import BranchCounters, CacheCounters, Result, WarningKind
from emulator.config import HardwareConfig
from emulator.core import Core
from emulator.timing.core_timing import CoreTiming, SharedTiming
from images.build import find
from tests.emulator.support import hardware
from tests.end_to_end.compiling import Target, build

PICO = 1e-12


@pytest.fixture(scope="module")
def timed() -> Result:
    """The digits on the tile, on the first of two cores."""
    machine = Machine(cores=2, overrides={"fidelity": "timing"})
    return machine.run(find("perceptron"), capture=True)


@pytest.fixture(scope="module")
def threads() -> Path:
    return build("threads.c", Target.MUSL)


def test_causes_sum_to_the_cycles_of_a_core(timed: Result) -> None:
    for core in timed.cores:
        assert core.cycle_causes is not None
        assert core.cycle_causes.total() == core.cycles + core.idle_cycles
    causes = timed.cores[0].cycle_causes
    assert causes is not None
    assert causes.kernel == timed.kernel.cycles, "what the pipeline did not spend is what the kernel was charged for"
    assert min(causes.base, causes.fetch, causes.l1d, causes.dram, causes.aimc) > 0


def test_causes_sum_with_threads_that_wait_and_take_turns(threads: Path) -> None:
    result = Machine(cores=2, overrides={"fidelity": "timing"}).run(threads, ["4", "20000", "contend"], capture=True)
    assert result.exit_status == 0
    kernel = 0
    for core in result.cores:
        assert core.cycle_causes is not None
        assert core.cycle_causes.total() == core.cycles + core.idle_cycles
        assert min(dataclasses.astuple(core.cycle_causes)) >= 0
        kernel += core.cycle_causes.kernel
    # Each core's cycles are whole numbers of a clock that idle time leaves between two of them.
    assert kernel == pytest.approx(result.kernel.cycles, abs=len(result.cores))


def test_caches_see_what_the_level_above_misses(timed: Result) -> None:
    core = timed.cores[0]
    assert core.l1i is not None and core.l1d is not None and core.branch is not None
    assert timed.l2 is not None and timed.dram is not None
    assert 0 < core.l1d.misses < core.l1d.accesses
    assert 0 < core.l1d.writes < core.l1d.accesses
    assert core.l1i.writes == core.l1i.writebacks == 0
    assert core.tlb is not None and 0 < core.tlb.misses <= core.tlb.accesses
    assert core.tlb.misses < core.tlb.table_reads <= 2 * core.tlb.misses, "tables of two levels"
    lines_asked = timed.l2.accesses - timed.l2.writes - core.tlb.table_reads
    assert 0 < lines_asked <= core.l1i.misses + core.l1d.misses
    assert timed.l2.writes == core.l1d.writebacks
    assert timed.dram.reads == timed.l2.misses - timed.l2.write_misses
    assert timed.dram.writes == timed.l2.writebacks
    assert 0 < core.branch.mispredicted < core.branch.branches < core.instructions


def test_a_core_on_which_nothing_ran_counts_nothing(timed: Result) -> None:
    idle = timed.cores[1]
    assert idle.instructions == 0
    assert idle.l1i == idle.l1d == CacheCounters(0, 0, 0)
    assert idle.branch == BranchCounters(0, 0)
    assert idle.cycle_causes is not None and idle.cycle_causes.idle == idle.idle_cycles == timed.totals.cycles


def test_energy_follows_from_the_counters(timed: Result) -> None:
    table = Machine().config.hardware.energy
    joules, l1d, l2, dram = timed.energy_joules, timed.cores[0].l1d, timed.l2, timed.dram
    tlb = timed.cores[0].tlb
    assert l1d is not None and l2 is not None and dram is not None and tlb is not None
    asked = l2.accesses - l2.writes
    fills = asked - tlb.table_reads
    l1_pj = (
        timed.totals.instructions * table.l1_fetch_pj_per_instruction
        + (l1d.accesses - l1d.writes) * table.l1_read_pj
        + l1d.writes * table.l1_write_pj
        + fills * table.l1_line_write_pj
        + l1d.writebacks * table.l1_line_read_pj
    )
    assert joules.l1 == pytest.approx(l1_pj * PICO)
    found = asked - (l2.misses - l2.write_misses)
    l2_pj = (found + l2.writebacks) * table.l2_read_pj + (l2.writes + dram.reads) * table.l2_write_pj
    assert joules.l2 == pytest.approx(l2_pj * PICO)
    assert joules.dram == pytest.approx((dram.reads + dram.writes) * table.dram_pj_per_access * PICO)
    assert joules.l2_static == pytest.approx(table.l2_static_mw * 1e-3 * timed.totals.guest_seconds)
    assert joules.dram_static is None, "ALPINE's profile says nothing of standby"
    parts = [part for part in dataclasses.astuple(joules) if part is not None]
    assert sum(parts) == timed.totals.energy_joules


def test_a_core_on_which_nothing_ran_costs_idle_power_alone(timed: Result) -> None:
    table = Machine().config.hardware.energy
    idle_cycles = sum(core.idle_cycles for core in timed.cores)
    seconds = idle_cycles / Machine().config.hardware.core.frequency_hz
    assert timed.energy_joules.core_idle == pytest.approx(table.core_idle_mw * 1e-3 * seconds)
    assert timed.energy_joules.l1_static == pytest.approx(
        len(timed.cores) * 2 * table.l1_static_mw * 1e-3 * timed.totals.guest_seconds
    )


def test_the_document_fits_the_schema(timed: Result) -> None:
    document = json.loads(timed.to_json())
    jsonschema.validate(document, json.loads(schema.PATH.read_text(encoding="utf-8")))
    assert set(document["cores"][0]["cycle_causes"]) == {
        *("base", "dependency", "unit", "fetch", "branch", "l1d", "l2", "dram", "tlb", "aimc", "kernel", "idle")
    }


def test_functional_fidelity_models_nothing_of_this() -> None:
    result = Machine(overrides={"fidelity": "functional"}).run("hello", capture=True)
    core = result.cores[0]
    assert (core.l1i, core.l1d, core.tlb, core.branch, core.cycle_causes) == (None,) * 5
    joules = result.energy_joules
    assert (result.l2, result.dram, joules.l2, joules.dram, joules.l2_static, joules.dram_static) == (None,) * 6


def test_an_older_document_stays_valid(timed: Result) -> None:
    document = json.loads(timed.to_json())
    for core in document["cores"]:
        del core["cycle_causes"]
        for name in ("writes", "write_misses"):
            del core["l1d"][name]
    for name in ("core_static", "l1_static", "l2_static", "dram_static"):
        del document["energy_joules"][name]
    jsonschema.validate(document, json.loads(schema.PATH.read_text(encoding="utf-8")))


def _core(config: HardwareConfig, mismatches: int) -> Core:
    core = Core(0, config)
    core.equip(CoreTiming(0, config, SharedTiming(config, frames=16)))
    assert core.timing is not None
    core.timing.pipeline.state["mismatches"] = np.int64(mismatches)
    return core


@pytest.mark.mismatches("the test counts some itself")
def test_accesses_that_the_model_did_not_expect_are_a_warning() -> None:
    config = hardware()
    cores = [_core(config, 3), Core(1, config), _core(config, 4)]
    (warning,) = collect_timing.warnings(cores)
    assert (warning.kind, warning.subject, warning.count) == (WarningKind.OTHER, collect_timing.MISMATCH, 7)
    assert collect_timing.warnings([_core(config, 0), Core(1, config)]) == []
