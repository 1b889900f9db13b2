"""Random system calls: a short, always equal part of what `make fuzz` does."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from guest.abi.errno import E
from guest.abi.syscalls import NUMBERS
from guest.syscall import SyscallTable
from tests.fuzz import strategies, values
from tests.fuzz.campaign import quiet
from tests.fuzz.machine import CONFIG, Fuzzer, Violation
from tests.fuzz.minimise import minimise
from tests.fuzz.prologue import DESCRIPTORS, PROLOGUE, call
from tests.fuzz.values import Call, Place, Pointer, Sequence
from tests.fuzz.world import Audit, World


@pytest.fixture(scope="module")
def fuzzer(tmp_path_factory: pytest.TempPathFactory) -> Fuzzer:
    return Fuzzer(World(tmp_path_factory.mktemp("fuzz") / "world"), Audit())


def test_two_thousand_random_calls(fuzzer: Fuzzer) -> None:
    @quiet(80, derandomize=True)
    @given(strategies.sequences())
    def sequences_hold(sequence: Sequence) -> None:
        fuzzer.run(sequence)

    before = sum(fuzzer.tally.calls.values())
    sequences_hold()
    made = sum(fuzzer.tally.calls.values()) - before
    assert made >= 2000
    assert sum(fuzzer.tally.succeeded.values()) > made // 4
    assert fuzzer.tally.alive > fuzzer.tally.sequences // 2


def test_the_prologue_opens_what_it_says(fuzzer: Fuzzer) -> None:
    fuzzer.run(Sequence((call("dup", DESCRIPTORS - 1), call("dup", 3))))
    assert fuzzer.results[len(PROLOGUE) :][:2] == [DESCRIPTORS, DESCRIPTORS + 1]
    assert [value for value in fuzzer.results[: len(PROLOGUE)] if value < 0] == []


def test_a_call_that_waits_is_ended_by_the_alarm(fuzzer: Fuzzer) -> None:
    end = fuzzer.run(Sequence((call("read", 20, Pointer(Place.ARENA), 100), call("getpid"))))
    assert end.exit_status == 0
    assert fuzzer.results[len(PROLOGUE) :][:2] == [-E.EINTR, 1]


# -- that the fuzzer would see it ------------------------------------------------------------------------------


def _broken(monkeypatch: pytest.MonkeyPatch, handler: Callable[[object], Any]) -> None:
    """Make getuid misbehave."""
    made = SyscallTable.__init__

    def init(table: SyscallTable) -> None:
        made(table)
        table.slot(NUMBERS["getuid"]).invoke = lambda task, registers: handler(task)

    monkeypatch.setattr(SyscallTable, "__init__", init)


ONE = Sequence((call("getuid"),))


def test_an_exception_of_a_handler_comes_out_and_is_explained(fuzzer: Fuzzer, monkeypatch: pytest.MonkeyPatch) -> None:
    def handler(task: object) -> int:
        raise OverflowError("too big")

    _broken(monkeypatch, handler)
    long = Sequence((call("getpid"), call("dup", 3), *ONE.calls, call("close", 5)), traced=True)
    with pytest.raises(OverflowError):
        fuzzer.run(long)
    small = minimise(fuzzer, long, OverflowError)
    assert small == ONE
    explained, failed = fuzzer.explain(small)
    assert failed
    assert "OverflowError: too big" in explained
    printed = re.search(r"^Sequence.*$", explained, re.MULTILINE)
    assert printed is not None
    assert eval(printed[0], vars(values)) == ONE


@pytest.mark.parametrize(
    ("result", "complaint"),
    [(-4000, "no error number"), (1 << 63, "no result"), (True, "no result"), ("x", "no result")],
)
def test_an_impossible_result_is_seen(
    fuzzer: Fuzzer, monkeypatch: pytest.MonkeyPatch, result: object, complaint: str
) -> None:
    _broken(monkeypatch, lambda task: result)
    with pytest.raises(Violation, match=complaint):
        fuzzer.run(ONE)


def test_a_file_outside_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fuzzer = Fuzzer(World(tmp_path / "world"), Audit())
    secret = fuzzer.world.outside / "secret"
    _broken(monkeypatch, lambda task: len(secret.read_bytes()))
    with pytest.raises(Violation, match="the host was touched: open"):
        fuzzer.run(ONE)
    _broken(monkeypatch, lambda task: Path("made-in-the-working-folder").write_bytes(b""))
    with pytest.raises(Violation, match="outside: made-in-the-working-folder"):
        fuzzer.run(ONE)


def test_a_changed_sysroot_is_seen(fuzzer: Fuzzer, monkeypatch: pytest.MonkeyPatch) -> None:
    _broken(monkeypatch, lambda task: (fuzzer.world.root / "data" / "file").write_bytes(b"changed"))
    with pytest.raises(Violation, match="sysroot: data/file"):
        fuzzer.run(ONE)
    fuzzer.run(Sequence((call("getpid"),)))


def test_memory_is_watched(fuzzer: Fuzzer, monkeypatch: pytest.MonkeyPatch) -> None:
    _broken(monkeypatch, lambda task: len(bytearray(b"x") * (400 << 20)) >> 20)
    with pytest.raises(Violation, match="the process grew by"):
        fuzzer.run(ONE)
    _broken(monkeypatch, lambda task: len(bytes(1 << 33)) >> 30)
    with pytest.raises(MemoryError):
        fuzzer.run(ONE)


def test_processor_time_is_watched(fuzzer: Fuzzer, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.fuzz import host, machine

    def handler(task: object) -> int:
        while True:
            pass

    _broken(monkeypatch, handler)
    monkeypatch.setattr(machine, "HOST_SECONDS", 0.2)
    with pytest.raises(host.TooSlow):
        fuzzer.run(ONE)


def test_calls_follow_from_their_seed() -> None:
    assert strategies.calls(12345) == strategies.calls(12345)
    assert strategies.calls(12345) != strategies.calls(12346)


def test_values_in_a_failure_are_python() -> None:
    sequence = Sequence(tuple(call for seed in range(200) for call in strategies.calls(seed)))
    assert eval(repr(sequence), vars(values)) == sequence
    assert all(isinstance(one, Call) for one in sequence.calls)
    assert CONFIG.hardware.core.count == 2
