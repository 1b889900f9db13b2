"""The same programs on this machine and under qemu-aarch64, whose signals are those of a real Linux."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent / "programs"
MUSL = [sys.executable, "-m", "ziglang", "cc", "-target", "aarch64-linux-musl", "-fno-sanitize=all"]
"""musl names its own restorer (SA_RESTORER)."""
GLIBC = ["aarch64-linux-gnu-gcc", "-static"]
"""glibc relies on the kernel's trampoline."""


def compile_program(compiler: list[str], source: Path, binary: Path) -> None:
    if compiler is MUSL and importlib.util.find_spec("ziglang") is None:
        pytest.skip("needs ziglang")
    if compiler is GLIBC and shutil.which(GLIBC[0]) is None:
        pytest.skip(f"needs {GLIBC[0]}")
    subprocess.run([*compiler, "-O1", "-w", "-o", str(binary), str(source)], check=True, capture_output=True)


@pytest.mark.skipif(shutil.which("qemu-aarch64") is None, reason="needs qemu-aarch64")
@pytest.mark.parametrize("compiler", [MUSL, GLIBC], ids=["musl", "glibc"])
@pytest.mark.parametrize("name", ["frame", "delivery", "timers", "signalfd", "threads", "jobs"])
def test_signals_do_what_they_do_on_linux(tmp_path: Path, name: str, compiler: list[str]) -> None:
    from aimc import Machine

    binary = tmp_path / name
    compile_program(compiler, PROGRAMS / f"{name}.c", binary)
    # A processor without SVE, whose registers would be in the frame too.
    command = ["qemu-aarch64", "-cpu", "cortex-a72", str(binary)]
    expected = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60)
    result = Machine().run(binary, capture=True)
    assert result.stdout is not None
    assert result.stdout.decode().splitlines() == expected.stdout.decode().splitlines()
    assert result.exit_status == 0


@pytest.mark.parametrize("compiler", [MUSL, GLIBC], ids=["musl", "glibc"])
def test_a_fatal_signal_is_described(tmp_path: Path, compiler: list[str]) -> None:
    from aimc import Machine

    binary = tmp_path / "crash"
    compile_program(
        [*compiler, "-fno-omit-frame-pointer"] if compiler is MUSL else compiler, PROGRAMS / "crash.c", binary
    )
    result = Machine().run(binary, capture=True)
    assert result.exit_status == 139
    first, *rest = result.detail.splitlines()
    assert first.startswith("reading 0x123458, which is not mapped, at 0x")
    text = "\n".join(rest)
    assert "ldr" in text
    backtrace = [line.split()[2].split("+")[0] for line in rest if line.strip().startswith("#")]
    assert backtrace[:3] == ["sum", "middle", "main"]
