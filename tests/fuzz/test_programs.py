"""Corrupt programs and odd command lines: a short, always equal part of what `make fuzz` does."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz import command_line, guest_program, programs
from tests.fuzz.campaign import quiet
from tests.fuzz.machine import Fuzzer
from tests.fuzz.world import Audit, World


@pytest.fixture(scope="module")
def fuzzer(tmp_path_factory: pytest.TempPathFactory) -> Fuzzer:
    return Fuzzer(World(tmp_path_factory.mktemp("programs") / "world"), Audit())


def test_corrupt_programs(fuzzer: Fuzzer) -> None:
    ends: Counter[str] = Counter()

    @quiet(150, derandomize=True)
    @given(programs.images(), st.booleans())
    def programs_hold(image: bytes, directly: bool) -> None:
        ends[fuzzer.execute(image, directly=directly)] += 1

    programs_hold()
    assert ends["EXITED"] > 0
    assert sum(count for end, count in ends.items() if end.startswith("refused")) > 0


def test_odd_command_lines(tmp_path: Path) -> None:
    statuses: Counter[int] = Counter()

    @quiet(60, derandomize=True)
    @given(command_line.invocations())
    def commands_hold(invocation: command_line.Invocation) -> None:
        statuses[command_line.check(tmp_path, invocation)] += 1

    commands_hold()
    assert {0, 125, 126} <= set(statuses)


@pytest.mark.parametrize("seed", [1, 2])
def test_random_calls_of_a_real_program(seed: int) -> None:
    said, failure = guest_program.check(seed, 15)
    assert failure == ""
    assert int(said.split()[0]) > 500
