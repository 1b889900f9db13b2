"""Many threads that use tiles by instructions and by jobs at once get right results, and the same ones again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aimc import Machine, Result
from tests.driver.building import build

PROGRAM = Path(__file__).parent / "programs" / "mixed.c"
JOBS = 1250
"""Of each of eight threads."""


def _run(fidelity: str, jobs: int) -> Result:
    machine = Machine(cores=4, overrides={"fidelity": fidelity, "tile.rows": 64, "tile.columns": 32})
    return machine.run(build(PROGRAM), [str(jobs)], capture=True)


def _stats(result: Result) -> dict[str, object]:
    document: dict[str, object] = json.loads(result.to_json())
    del document["host"]
    return document


def test_ten_thousand_jobs_of_eight_threads_on_four_cores() -> None:
    first, second = (_run("functional", JOBS) for _ in range(2))
    assert first.exit_status == 0, first.stdout
    assert (first.stdout or b"").endswith(b"ok\n")
    assert first.stdout == second.stdout
    assert _stats(first) == _stats(second)
    assert sum(tile.mvms for tile in first.tiles) == 8 * JOBS


@pytest.mark.parametrize("jobs", [40])
def test_both_fidelities_compute_the_same(jobs: int) -> None:
    functional, timing = (_run(fidelity, jobs) for fidelity in ("functional", "timing"))
    assert functional.exit_status == timing.exit_status == 0
    assert functional.stdout == timing.stdout
