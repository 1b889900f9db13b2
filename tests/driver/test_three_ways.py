"""Instructions of two processes, jobs and registers at once: right results, and the same counts and times again."""

from __future__ import annotations

import json
from dataclasses import astuple
from pathlib import Path

import pytest

from aimc import Machine, Result
from tests.driver.building import build

PROGRAM = Path(__file__).parent / "programs" / "three-ways.c"
WORKERS = 5
SIDE = 32
"""Rows and columns of each product."""


def _run(fidelity: str, products: int, quantum_ns: float = 1e5) -> Result:
    """Each worker computes so many; the quantum is short enough to end many times meanwhile."""
    overrides = {"fidelity": fidelity, "tile.rows": 64, "tile.columns": 32, "driver.quantum_ns": quantum_ns}
    result = Machine(cores=4, overrides=overrides).run(build(PROGRAM), [str(products)], capture=True)
    assert result.exit_status == 0, result.stdout
    assert (result.stdout or b"").endswith(b"ok\n")
    return result


def _stats(result: Result) -> dict[str, object]:
    document: dict[str, object] = json.loads(result.to_json())
    del document["host"]
    return document


@pytest.mark.parametrize(("fidelity", "products"), [("functional", 500), ("timing", 100)])
def test_a_run_can_be_repeated_to_the_bit(fidelity: str, products: int) -> None:
    first, second = (_run(fidelity, products) for _ in range(2))
    assert first.stdout == second.stdout
    assert _stats(first) == _stats(second)
    by_registers, by_the_others, *idle = first.tiles
    assert by_registers.mvms == 2 * products
    assert by_the_others.mvms == 3 * products
    assert not any(tile.mvms for tile in idle)
    assert by_registers.queued_bytes >= 2 * products * SIDE
    assert not any(count for tile in first.tiles for count in astuple(tile.misuse))


def test_outputs_depend_on_neither_fidelity_nor_quantum() -> None:
    outputs = {_run(fidelity, 50, quantum).stdout for fidelity in ("functional", "timing") for quantum in (0, 1e5, 1e7)}
    assert len(outputs) == 1
