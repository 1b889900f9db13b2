"""The PMU's `stall_cycles`: what cores waited for tiles, as the statistics have it among the causes of cycles."""

from __future__ import annotations

from pathlib import Path

from aimc import Machine, Result
from tests.driver.building import build

PROGRAM = Path(__file__).parent / "programs" / "stalls.c"
MVM_CYCLES = 200
OVERRIDES = {"tile.rows": 64, "tile.columns": 32, "tile.mvm_ns": 100, "core.frequency_hz": 2e9}


def _run(fidelity: str) -> Result:
    machine = Machine(cores=2, overrides={"fidelity": fidelity, **OVERRIDES})
    result = machine.run(build(PROGRAM), capture=True)
    assert result.exit_status == 0, result.stdout
    return result


def test_a_program_sees_the_cycles_that_the_statistics_have() -> None:
    result = _run("timing")
    first, second, both = map(int, (result.stdout or b"").split())
    assert [first, second] == [core.cycle_causes.aimc for core in result.cores if core.cycle_causes is not None]
    assert both == first + second
    assert first > 0.95 * 10 * MVM_CYCLES, "nearly all of its ten multiplications is waited for"
    assert second > 0.95 * 20 * MVM_CYCLES


def test_where_cores_do_not_wait_there_is_no_such_event() -> None:
    assert _run("functional").stdout == b"none\n"
