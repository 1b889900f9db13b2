"""What happens when memory runs out: who is refused, who is ended, and what the others see of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from aimc import Machine, Result
from tests.end_to_end.compiling import Target, build


@pytest.fixture(scope="module")
def memory() -> Path:
    return build("memory.c", Target.MUSL)


def run(memory: Path, what: str) -> tuple[list[str], Result]:
    result = Machine(overrides={"memory.size_bytes": "64MiB"}).run(memory, [what], capture=True)
    return (result.stdout or b"").decode().splitlines(), result


def test_malloc_gives_null(memory: Path) -> None:
    """By default a process is promised no more than there is (see `guest.mm.commit.Overcommit`)."""
    lines, result = run(memory, "malloc")
    assert result.exit_status == 0
    count, _, reason = lines[0].partition(" MiB, then ")
    assert 55 <= int(count) < 64
    assert reason == "ENOMEM"
    assert any("were refused" in warning.message for warning in result.warnings)


def test_what_is_always_promised_may_end_in_a_kill(memory: Path) -> None:
    lines, result = run(memory, "always")
    assert lines == ["promised"]
    assert (result.exit_status, result.signal) == (137, 9)
    assert "used up" in (result.detail or "")
    assert any("out of memory: killed process 1" in warning.message for warning in result.warnings)


def test_what_is_never_promised_twice(memory: Path) -> None:
    lines, result = run(memory, "never")
    assert result.exit_status == 0
    assert lines == ["refused", "promised", "fork: ENOMEM", "fork: made"]


def test_the_biggest_process_is_ended_and_its_parent_sees_sigkill(memory: Path) -> None:
    lines, result = run(memory, "biggest")
    assert result.exit_status == 0
    assert lines[-2:] == ["first: signal 10", "second: signal 9"]
    assert any("out of memory: killed process 3" in warning.message for warning in result.warnings)


def test_a_process_that_is_to_be_spared_is(memory: Path) -> None:
    lines, _ = run(memory, "spared")
    assert lines == ["the second got no memory", "first: signal 10", "second: signal 9"]


def test_a_process_that_offers_itself_is_taken(memory: Path) -> None:
    lines, _ = run(memory, "wanted")
    assert lines == ["first: signal 9", "second: signal 10"]


def test_the_kernel_finds_no_memory_either(memory: Path) -> None:
    lines, result = run(memory, "kernel")
    assert lines == ["reader: signal 9"]
    assert result.exit_status == 0


def test_equal_runs_end_the_same_way(memory: Path) -> None:
    first, second = (run(memory, "biggest")[1] for _ in range(2))
    assert first == second
