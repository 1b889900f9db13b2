"""The same command gives the same counters, to the bit: only `host` may differ. Another seed changes what is random."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aimc import Machine, Result
from images.build import find
from tests.end_to_end.compiling import Target, build
from tests.end_to_end.conftest import Command


def counters(result: Result) -> dict[str, Any]:
    """All of a result but what the host's speed decides."""
    document: dict[str, Any] = json.loads(result.to_json())
    del document["host"]
    return document


@pytest.mark.parametrize("arguments", [["hello", "one"], ["--cores", "4", "digits-mlp-aimc"]], ids=" ".join)
def test_two_runs_of_a_command(aimc: Command, tmp_path: Path, arguments: list[str]) -> None:
    """In two processes whose hashes and environments differ."""
    documents = []
    outputs = []
    for turn in ("1", "2"):
        done = aimc(
            "run", "--quiet", "--stats", f"{turn}.json", *arguments,
            environment={"PYTHONHASHSEED": turn, "PADDING": "x" * 1000 * int(turn)},
        )  # fmt: skip
        assert (done.status, done.stderr) == (0, "")
        documents.append(json.loads((tmp_path / f"{turn}.json").read_text()))
        outputs.append(done.stdout)
    assert {"seconds", "instructions_per_second"} == set(documents[0].pop("host")) == set(documents[1].pop("host"))
    assert documents[0] == documents[1]
    assert outputs[0] == outputs[1] != b""


@pytest.mark.parametrize("cores", [1, 4])
@pytest.mark.parametrize("name", ["bench-sha256", "fault-recursion", "fault-aimc-saturation", "perceptron"])
def test_two_runs_of_a_machine(name: str, cores: int) -> None:
    machine = Machine(cores=cores)
    first, second = (machine.run(name, capture=True) for _ in range(2))
    assert counters(first) == counters(second)
    assert (first.stdout, first.stderr) == (second.stdout, second.stderr)
    assert len(first.cores) == len(first.tiles) == cores


def test_where_the_program_lies_does_not_matter(aimc: Command, tmp_path: Path) -> None:
    """No path of the host reaches the guest, but for the name that the user gave it."""
    documents = []
    for folder in (tmp_path / "a", tmp_path / "b" / "deeper"):
        folder.mkdir(parents=True)
        (folder / "prog").write_bytes(find("hello").read_bytes())
        done = aimc("run", "--quiet", "--stats", "stats.json", "./prog", cwd=folder)
        assert done.status == 0
        documents.append(json.loads((folder / "stats.json").read_text()))
        del documents[-1]["host"]
    assert documents[0] == documents[1]


def test_a_limit_ends_at_the_same_instruction() -> None:
    first, second = (Machine().run("bench-sort", capture=True, max_instructions=1_234_567) for _ in range(2))
    assert counters(first) == counters(second)


@pytest.fixture
def random_program() -> Path:
    return build("random.c", Target.MUSL)


def test_the_seed_decides_what_is_random(random_program: Path) -> None:
    machine = Machine()
    first_run, second_run, one = (machine.run(random_program, capture=True, seed=seed) for seed in (0, 0, 1))
    assert first_run.stdout == second_run.stdout
    assert first_run.stdout is not None and one.stdout is not None
    for first, second in zip(first_run.stdout.splitlines(), one.stdout.splitlines(), strict=True):
        assert first.split()[0] == second.split()[0]
        assert first.split()[1] != second.split()[1]


def test_the_seed_of_the_command(aimc: Command, random_program: Path) -> None:
    outputs = [aimc("run", "--quiet", "--seed", seed, random_program).stdout for seed in ("7", "7", "8")]
    assert outputs[0] == outputs[1] != outputs[2]


def test_a_seed_changes_nothing_for_a_program_that_asks_for_nothing_random() -> None:
    first, second = (counters(Machine().run("bench-tree", capture=True, seed=seed)) for seed in (1, 2))
    assert (first.pop("seed"), second.pop("seed")) == (1, 2)
    assert first == second


def test_guest_time_is_virtual(tmp_path: Path) -> None:
    """A sleep takes as long as the program asked for, whatever the host does meanwhile."""
    results = [Machine().run(build("wait.c", Target.MUSL), ["sleep", "5"], capture=True) for _ in range(2)]
    assert results[0].totals == results[1].totals
    assert 5 <= results[0].totals.guest_seconds < 5.001
    assert results[0].cores[0].idle_cycles > 0.99 * results[0].totals.cycles
