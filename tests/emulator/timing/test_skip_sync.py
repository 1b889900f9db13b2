"""Unicorn's flag that spares it finding PC at each access: found in this release, and without effect on programs."""

from __future__ import annotations

import platform

import pytest

from emulator import unicorn_library
from emulator.config import Fidelity
from tests.emulator.a64 import program
from tests.emulator.support import DATA, Board, hardware


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the flag is looked for in machine code of x86-64")
def test_the_flag_is_found() -> None:
    assert unicorn_library.skip_sync_offset() is not None


def test_without_the_flag_all_is_the_same_but_slower(monkeypatch: pytest.MonkeyPatch) -> None:
    def run() -> tuple[int, int]:
        code = program("loop:", "ldr x2, [x1]", "str x2, [x1]", "subs x0, x0, #1", "b.ne loop", "svc #0")
        machine = Board(code, config=hardware(fidelity=Fidelity.TIMING))
        machine.engine.write_x(0, 300)
        machine.engine.write_x(1, DATA)
        machine.run_to_call()
        return machine.core.cycles, machine.core.instructions

    fast = run()
    monkeypatch.setattr(unicorn_library, "skip_sync_offset", lambda: None)
    assert run() == fast
