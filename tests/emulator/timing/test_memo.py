"""The memo of what blocks did changes no cycle: a machine with it counts what one without it counts."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import engine
from emulator.config import Fidelity, Replacement
from emulator.memory import PAGE_SIZE
from emulator.timing import memo
from emulator.timing.core_timing import SharedTiming
from tests.emulator.a64 import PROCESS, QUEUE_X1, program
from tests.emulator.support import DATA, RW, RWX, Board, hardware

_PLAIN_SHARED = partial(SharedTiming, memo=False)


def _load(register: int, offset: int) -> int:
    """ldr x<register>, [x1, #<offset>]"""
    return 0xF9400020 | offset // 8 << 10 | register


def _store(register: int, offset: int) -> int:
    return 0xF9000020 | offset // 8 << 10 | register


def _pair(register: int, offset: int) -> int:
    """stp x<register>, x<register + 1>, [x1, #<offset>]"""
    return 0xA9000020 | offset // 8 << 15 | register + 1 << 10 | register


_REGISTERS = st.integers(2, 8)
_LINES = st.one_of(
    st.sampled_from(["nop", "add x2, x2, #1", "mul x2, x2, x2", "fadd d0, d0, d1", PROCESS, QUEUE_X1]),
    st.builds(_load, _REGISTERS, st.integers(0, 40).map(lambda n: 8 * n)),
    st.builds(_store, _REGISTERS, st.integers(0, 40).map(lambda n: 8 * n)),
    st.builds(_pair, _REGISTERS, st.integers(0, 30).map(lambda n: 8 * n)),
    st.just(0xF8401020 | 60 << 12 | 2),  # ldur x2, [x1, #61]: over the end of a line
    st.just(0x91010021),  # add x1, x1, #64: the next line, with misses
    st.just(0x91400421),  # add x1, x1, #1, lsl #12: the next page
    st.just(0xEB03005F),  # cmp x2, x3
    st.just(0x54000041),  # b.ne .+8
    st.just(0x54000040),  # b.eq .+8
    st.just(0x14000001),  # b .+4
    st.just(0xD5033BBF),  # dmb ish
    st.just(0xC85F7C24),  # ldxr x4, [x1]
    st.just(0xC8057C22),  # stxr w5, x2, [x1]
    st.just(0xF8220023),  # ldadd x2, x3, [x1]
)
_CACHES = st.sampled_from([(32 << 10, 2), (512, 2), (256, 1)])
"""Bytes and ways of the first level: in small ones the lines of a block drive out each other."""
_CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "replacement": st.sampled_from(Replacement),
        "line_bytes": st.sampled_from([32, 128]),
        "streams": st.sampled_from([1, 2]),
        "depth": st.sampled_from([1, 8]),
        "decode_buffer_entries": st.sampled_from([1, 15]),
        "execute_buffer_entries": st.sampled_from([1, 15]),
        "store_buffer_entries": st.sampled_from([1, 16]),
    },
)
"""Other hardware than the tests' usual one, by names of keys."""


def _loop(lines: list[str | int], turns: int, cache: tuple[int, int], changes: dict[str, Any]) -> Board:
    """A machine that went through a loop so many times, with two pages in each micro TLB."""
    # A branch as the last line may skip one.
    back = 0x54000001 | (-(len(lines) + 2) & 0x7FFFF) << 5  # b.ne to the first line
    config = hardware(fidelity=Fidelity.TIMING)
    config = dataclasses.replace(
        config,
        l1=dataclasses.replace(config.l1, size_bytes=cache[0], ways=cache[1]),
        tlb=dataclasses.replace(config.tlb, micro_entries=2),
    )
    for part in ("l1", "coherence", "prefetch", "pipeline"):
        values = getattr(config, part)
        own = {name: value for name, value in changes.items() if hasattr(values, name)}
        config = dataclasses.replace(config, **{part: dataclasses.replace(values, **own)})
    code = program(*lines, "nop", "subs x0, x0, #1", back, "svc #0")
    machine = Board(code, RWX, config)
    machine.memory.map(DATA, 1024 * PAGE_SIZE, RW)
    machine.engine.write_x(0, turns)
    machine.engine.write_x(1, DATA)
    machine.run_to_call()
    return machine


def _run(lines: list[str | int], turns: int, cache: tuple[int, int], changes: dict[str, Any]) -> dict[str, Any]:
    machine = _loop(lines, turns, cache, changes)
    timing = machine.core.timing
    assert timing is not None and machine.engine.timing is not None
    state = timing.pipeline.state
    names = ("now", "uops", "loads", "stores_done", "branches", "mispredicted", "mismatches")
    found = {name: int(state[name]) for name in names}
    for cache, records in (("l1i", timing.l1i), ("l1d", timing.l1d), ("l2", machine.engine.timing.l2)):
        for name in ("reads", "writes", "read_misses", "write_misses", "writebacks", "prefetches", "prefetch_hits"):
            found[f"{cache}.{name}"] = int(records.state[name])
    return found | timing.causes()


def _compare(
    lines: list[str | int], turns: int, cache: tuple[int, int] = (32 << 10, 2), changes: dict[str, Any] | None = None
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "SharedTiming", _PLAIN_SHARED)
        plain = _run(lines, turns, cache, changes or {})
    assert _run(lines, turns, cache, changes or {}) == plain


@settings(max_examples=100, deadline=None)
@given(st.lists(_LINES, min_size=1, max_size=12), st.integers(1, 60), _CACHES)
def test_any_loop_costs_the_same_with_the_memo(lines: list[str | int], turns: int, cache: tuple[int, int]) -> None:
    _compare(lines, turns, cache)


@settings(max_examples=100, deadline=None)
@given(st.lists(_LINES, min_size=1, max_size=12), st.integers(1, 60), _CACHES, _CHANGES)
def test_so_it_does_on_other_hardware(
    lines: list[str | int], turns: int, cache: tuple[int, int], changes: dict[str, Any]
) -> None:
    _compare(lines, turns, cache, changes)


def test_prefetches_drive_out_lines_that_a_block_was_to_find() -> None:
    """Lines in sequence, and after each one that lies in the way that a prefetch takes."""
    lines = [0x91010021, _load(2, 0), _load(3, 256), _load(4, 320), _store(5, 192), _load(6, 128)]
    _compare(lines, 400, (256, 1), {"streams": 2, "depth": 4})


def test_a_full_memo_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for few states, and a loop through ever other ones."""
    monkeypatch.setattr(memo, "WORDS", 1500)
    _compare([_load(2, 0), "mul x2, x2, x2", _store(2, 64), 0x91010021, "fadd d0, d0, d1"], 1000)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param([_load(2, 0)], id="hits"),
        pytest.param([_load(2, 0), _load(3, 256), _load(4, 512)], id="misses"),
        pytest.param([_load(2, 0), _load(3, 256), _load(4, 0)], id="a line that another access drives out"),
        pytest.param([0xC85F7C24, 0xC8057C22], id="exclusive accesses"),
        pytest.param([_store(2, 0), _load(2, 0)], id="a load of what is in the store buffer"),
    ],
)
def test_a_loop_is_gone_through_a_few_times_only(lines: list[str | int]) -> None:
    shared = _loop(lines, 10_000, (256, 1), {}).engine.timing
    assert shared is not None and shared.memo is not None
    assert shared.memo.missed < 100


def test_blocks_that_wait_for_the_stores_of_others_are_known_too() -> None:
    """Stores that miss fill the store buffer; hits behind them wait for main memory's answers."""
    lines = [0x91010021, *(_store(2, 64 * i) for i in range(6)), *["b .+4"] * 2, _store(2, 0), _store(2, 8)]
    _compare([line if isinstance(line, int) else 0x14000001 for line in lines], 300)
