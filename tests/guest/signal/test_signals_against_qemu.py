"""The same programs on this machine and under qemu-aarch64, whose signals are those of a real Linux."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.toolchain import Target, build

PROGRAMS = Path(__file__).parent / "programs"
TARGETS = (Target.MUSL, Target.GLIBC)
"""musl names its own restorer (SA_RESTORER); glibc relies on the kernel's trampoline."""


def built(name: str, target: Target, *flags: str) -> Path:
    return build([PROGRAMS / f"{name}.c"], target, ["-O1", "-w", *flags], folder="guest-tests")


@pytest.mark.skipif(shutil.which("qemu-aarch64") is None, reason="needs qemu-aarch64")
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.value)
@pytest.mark.parametrize("name", ["frame", "delivery", "timers", "signalfd", "threads", "jobs"])
def test_signals_do_what_they_do_on_linux(name: str, target: Target) -> None:
    from aimc import Machine

    binary = built(name, target)
    # A processor without SVE, whose registers would be in the frame too.
    command = ["qemu-aarch64", "-cpu", "cortex-a72", str(binary)]
    expected = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60)
    result = Machine().run(binary, capture=True)
    assert result.stdout is not None
    assert result.stdout.decode().splitlines() == expected.stdout.decode().splitlines()
    assert result.exit_status == 0


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.value)
def test_a_fatal_signal_is_described(target: Target) -> None:
    from aimc import Machine

    binary = built("crash", target, "-fno-omit-frame-pointer")
    result = Machine().run(binary, capture=True)
    assert result.exit_status == 139
    first, *rest = result.detail.splitlines()
    assert first.startswith("reading 0x123458, which is not mapped, at 0x")
    text = "\n".join(rest)
    assert "ldr" in text
    backtrace = [line.split()[2].split("+")[0] for line in rest if line.strip().startswith("#")]
    assert backtrace[:3] == ["sum", "middle", "main"]
