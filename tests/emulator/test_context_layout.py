"""What Unicorn keeps of a context's registers is found, or nothing is said."""

from __future__ import annotations

import ctypes
import platform

import pytest
from unicorn import arm64_const as arm64

from emulator import context_layout, unicorn_library


@pytest.mark.skipif(platform.machine() != "x86_64", reason="known for x86-64 only")
def test_the_layout_of_this_unicorn_is_found() -> None:
    uc = unicorn_library.open_arm64()
    layout = context_layout.find(uc)
    assert layout is not None
    uc.reg_write(arm64.UC_ARM64_REG_V0 + 7, 0x1234 << 64 | 0x5678)
    uc.reg_write(arm64.UC_ARM64_REG_X5, 0xABCD)
    place = layout.registers + layout.vectors + 7 * layout.stride
    assert ctypes.string_at(place, 16) == (0x1234 << 64 | 0x5678).to_bytes(16, "little")
    context = uc.context_save()
    saved = ctypes.string_at(context.context.value + layout.data, layout.size)
    assert saved == ctypes.string_at(layout.registers, layout.size)
    assert context.size == layout.data + layout.size


def test_looking_for_it_leaves_registers_alone() -> None:
    uc = unicorn_library.open_arm64()
    uc.reg_write(arm64.UC_ARM64_REG_V3, 42)
    context_layout.find(uc)
    assert uc.reg_read(arm64.UC_ARM64_REG_V3) == 42
    assert uc.reg_read(arm64.UC_ARM64_REG_V4) == 0


def test_machine_code_that_looks_otherwise_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context_layout, "_copy", lambda: None)
    assert context_layout.find(unicorn_library.open_arm64()) is None
