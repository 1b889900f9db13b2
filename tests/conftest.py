"""What tests of several folders need: the machine, a second implementation of it, and a second compiler."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, bytes]]
"""`run(binary, arguments=()) -> (status, stdout)`; a program killed by signal N has status 128 + N."""


@pytest.fixture(scope="session")
def run_in_machine() -> Run:
    """Run a program in the default machine. Each run starts from power-on."""
    from aimc import Machine

    machine = Machine()

    def run(binary: Path, arguments: Sequence[str] = ()) -> tuple[int, bytes]:
        result = machine.run(binary, arguments, capture=True)
        # For whoever reads of a failure: pytest shows it then.
        sys.stderr.write((result.stderr or b"").decode(errors="replace"))
        if result.detail is not None:
            sys.stderr.write(f"{result.detail}\n")
        return result.exit_status, result.stdout or b""

    return run


@pytest.fixture(scope="session")
def qemu_aarch64() -> str:
    """The command of QEMU's user-mode emulator, which runs the same binaries but has no tile."""
    command = shutil.which("qemu-aarch64")
    if command is None:
        pytest.skip("qemu-aarch64 is not installed (Debian: apt install qemu-user)")
    return command


@pytest.fixture(scope="session")
def debian_compiler() -> str:
    """Debian's cross compiler, whose programs have glibc instead of musl."""
    command = shutil.which("aarch64-linux-gnu-g++")
    if command is None:
        pytest.skip("aarch64-linux-gnu-g++ is not installed (Debian: apt install g++-aarch64-linux-gnu)")
    return command
