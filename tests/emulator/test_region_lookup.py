"""Unicorn finds its memory as before, by a function of ours: found in this release, and without effect on programs."""

from __future__ import annotations

import ctypes

import pytest

from emulator import engine, unicorn_library
from emulator.config import Fidelity
from tests.emulator.a64 import program
from tests.emulator.support import DATA, Board, hardware


def _board() -> Board:
    code = program("loop:", "ldr x2, [x1]", "str x2, [x1]", "subs x0, x0, #1", "b.ne loop", "svc #0")
    return Board(code, config=hardware(fidelity=Fidelity.TIMING))


def test_it_is_installed_and_taken_back() -> None:
    lookup = _board().engine._lookup
    assert lookup is not None and lookup.installed
    ours = lookup._words[lookup._place]
    lookup.close()
    assert lookup._words[lookup._place] not in (0, ours)
    assert not lookup.installed


def test_all_addresses_are_in_the_regions_that_unicorn_says() -> None:
    board = _board()
    lookup, size = board.engine._lookup, board.engine.physical.size_bytes
    assert lookup is not None and lookup.installed
    prototype = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_uint64, ctypes.c_uint64)
    ours, theirs = prototype(lookup._words[lookup._place]), prototype(lookup._original)
    handle = board.engine._handle.value
    bases = (unicorn_library.PHYSICAL_BASE, unicorn_library.DATA_BASE)
    for address in (0, 4096, *(base + offset for base in bases for offset in (-1, 0, 1, size - 1, size))):
        assert ours(handle, address) == theirs(handle, address)
    assert len({ours(handle, base) for base in bases} | {ours(handle, 0)}) == 3


def test_without_it_all_is_the_same_but_slower(monkeypatch: pytest.MonkeyPatch) -> None:
    def run() -> tuple[int, int]:
        machine = _board()
        machine.engine.write_x(0, 300)
        machine.engine.write_x(1, DATA)
        machine.run_to_call()
        return machine.core.cycles, machine.core.instructions

    fast = run()
    monkeypatch.setattr(engine, "RegionLookup", lambda handle, regions: None)
    assert run() == fast
