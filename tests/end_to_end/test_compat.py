"""Tiles of other sizes, ALPINE's known faults on request, and misuse that is counted and shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import libaimc
from aimc import Machine
from aimc.result import Misuse
from tests.end_to_end.compiling import Target, build
from tests.end_to_end.conftest import Command


@pytest.fixture(scope="module")
def edges() -> Path:
    return build("edges.c", Target.MUSL, includes=[libaimc.INCLUDE_DIR])


def test_a_tile_uses_its_memories_to_the_end(edges: Path) -> None:
    result = Machine(overrides={"tile.rows": 8, "tile.columns": 8}).run(edges, capture=True)
    assert result.stdout == b"04030201\n08070605\nstatus 1, read 0, neighbour 0\nmisuse 2\n"
    assert result.tiles[0].misuse == Misuse(parameter_out_of_range=2)


def test_alpine_drops_the_last_word_and_checks_only_the_linear_index(aimc: Command, edges: Path) -> None:
    done = aimc(
        "run", "--set", "tile.rows=8", "--set", "tile.columns=8", "--set", "compat=alpine", "--stats", "s", edges
    )
    assert done.status == 0
    assert done.stdout == b"04030201\n00000000\nstatus 0, read 42, neighbour 42\nmisuse 2\n"
    assert "tile.rows=8, tile.columns=8, compat=alpine" in " ".join(done.stderr.split())


def test_alpine_words_and_programs_are_not_affected_by_the_switch() -> None:
    """But for how the library gets the tile: from the driver, or without one by trying an instruction."""
    first, second = (
        Machine(overrides={"compat": compat}).run("digits-mlp-aimc", capture=True) for compat in ("none", "alpine")
    )
    assert (first.stdout, first.tiles) == (second.stdout, second.tiles)
    assert first.totals.cycles == pytest.approx(second.totals.cycles, rel=0.01)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (6, 3), (65536, 4)])
def test_the_size_of_the_tile_is_what_was_set(rows: int, columns: int) -> None:
    """The program asks the tile, fills it to its end, then queues one word more."""
    machine = Machine(overrides={"tile.rows": rows, "tile.columns": columns})
    result = machine.run("fault-aimc-queue-past-end", capture=True)
    assert result.stdout == b"full: misuse 0, saturated 0\npast the end: misuse 1, saturated 0\n"
    assert result.tiles[0].queued_bytes == 4 * (-(-rows // 4) + 1)


@pytest.mark.parametrize(
    ("name", "kind", "count"),
    [
        ("queue-past-end", "queue_past_end", 1),
        ("dequeue-past-end", "dequeue_past_end", 1),
        ("dequeue-early", "dequeue_before_process", 1),
        ("parameter-range", "parameter_out_of_range", 6),
    ],
)
def test_misuse_is_shown_and_counted(aimc: Command, tmp_path: Path, name: str, kind: str, count: int) -> None:
    done = aimc("run", "--set", "tile.rows=64", "--set", "tile.columns=32", "--stats", "s.json", f"fault-aimc-{name}")
    assert done.status == 0
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("AIMC misuse")]
    assert line.split()[2] == str(count)
    assert f"{kind.replace('_', ' ')}: {count}" in line
    (tile,) = json.loads((tmp_path / "s.json").read_text())["tiles"]
    assert {kind: number for kind, number in tile["misuse"].items() if number} == {kind: count}


def test_saturation_is_counted_but_no_misuse(aimc: Command, tmp_path: Path) -> None:
    done = aimc("run", "--stats", "s.json", "fault-aimc-saturation")
    assert "outputs saturated" in done.stderr
    assert "AIMC misuse" not in done.stderr
    (tile,) = json.loads((tmp_path / "s.json").read_text())["tiles"]
    assert tile["saturated_outputs"] == 8
    assert set(tile["misuse"].values()) == {0}
